"""Files that may be damaged or hostile: what kind of thing a path is, sizes that are declared, HDF5 that never ends."""
