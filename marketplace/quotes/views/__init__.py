"""Pages of requests and quotes: the buyer's, the shop's, and what both share."""
