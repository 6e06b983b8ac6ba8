"""RSA: candidate RDMs, networks and laws against data, whatever each is, joined by the names of conditions."""
