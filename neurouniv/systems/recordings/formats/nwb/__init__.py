"""NWB files: spikes and series, cut around the trials of their tables; and how a recording is written as one."""
