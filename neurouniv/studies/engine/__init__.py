"""Studies on dask.distributed: what the head sends, what workers do with it, and clusters to do it on."""
