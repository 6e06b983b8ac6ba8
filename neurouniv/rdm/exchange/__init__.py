"""Trajectories and RDMs in other forms: files, arrays, rsatoolbox, scikit-learn, and back."""
