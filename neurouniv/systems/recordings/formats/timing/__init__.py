"""Time in a trial and in a recording: windows, bins, frames, and whether two clocks are one."""
