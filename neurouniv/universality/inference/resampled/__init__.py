"""The bootstrap's kernel: similarity of RDMs in which conditions count several times, for all resamples at once."""
