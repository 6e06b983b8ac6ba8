"""Activity becomes an RDM movie, the movie a trajectory; square form and rsatoolbox are views of it."""
