"""A room for each kind of file, with its readers; and one line a format in the registry."""
