"""The methods of a paper, written from what was run: a paragraph, and the BibTeX of what it cites."""
