"""The noise across channels: its covariance, shrunk and inverted, and the whitening of distances by it."""
