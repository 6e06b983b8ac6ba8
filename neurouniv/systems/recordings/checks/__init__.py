"""Checks of a recording: what it must have, and warnings of values that are unlikely."""
