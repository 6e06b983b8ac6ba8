"""Arrays by name: netCDF, HDF5, zarr and NumPy files, and what of them was never written."""
