"""Errors, intervals and p values of scores and of their differences, over conditions, classes and subjects."""
