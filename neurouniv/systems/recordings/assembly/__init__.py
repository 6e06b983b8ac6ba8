"""Fields of a file, and what the user says of them, become trials, channels and latencies with their labels."""
