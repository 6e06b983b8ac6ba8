"""What results say, in a few lines: as text, in a notebook and in IPython."""
