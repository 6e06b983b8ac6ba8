"""Recordings: any file or object, or several, become the same kind of Dataset."""
