"""Tables of text, Parquet and data frames: a row a trial, or a row a value."""
