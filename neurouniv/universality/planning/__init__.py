"""Before a study: how much data it takes, and whether constants and laws can be recovered from data like these."""
