"""One file a format: its reader, and one line in the registry."""
