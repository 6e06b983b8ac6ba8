"""Several files of sessions, runs and subjects become one recording, with its axis of learning and its folds."""
