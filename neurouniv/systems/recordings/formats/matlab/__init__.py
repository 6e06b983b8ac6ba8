"""MATLAB files: variables, structs and classes, and the data of FieldTrip and SPM."""
