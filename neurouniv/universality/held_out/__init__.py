"""Held-out data: partitions of pairs, times and members, and predictions of the part held out."""
