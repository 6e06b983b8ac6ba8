"""What two times can tell: whether the RDM changed, by how much, and along which model RDM."""
