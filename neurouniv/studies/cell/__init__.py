"""One cell of a study: what determines its result, and how the result is computed."""
