"""What a law is not shown: partitions of pairs, times and members, and what laws predict of the part held out."""
