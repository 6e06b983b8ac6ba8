"""Several files of sessions, runs and subjects become one recording, with its learning axis and its runs."""
