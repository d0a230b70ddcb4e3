"""Pages of the rights holders' portal, and the sellers' side of notices."""
