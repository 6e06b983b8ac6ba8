"""Laws on trial: held-out data, representational similarity, time courses, the noise ceiling, and the verdict."""
