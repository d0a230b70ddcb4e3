"""Is this photo made from that one? Described, shortlisted, compared; no Django here."""
