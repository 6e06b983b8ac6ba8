"""How alike RDMs are, and the same in which conditions count several times."""
