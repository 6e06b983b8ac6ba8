"""Spikes and series of samples without trials of their own, cut around the onsets of a table of trials."""
