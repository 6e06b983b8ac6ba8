"""What people are told of a recording: what it holds, what can be computed of it, and what to do where it cannot be
read."""
