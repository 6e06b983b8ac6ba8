"""The parts of `benchmarks/fuzz.py`: valid files, mutations, children that read, and attacks written by hand."""
