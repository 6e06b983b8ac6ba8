"""The experiments of van Rossem & Saxe (2024), each run, drawn and judged by one call: `neurouniv.reproduce`."""
