"""EEG and MEG by MNE: epochs as they are, and continuous data cut around their events."""
