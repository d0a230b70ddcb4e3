"""Pages of orders: the buyer's, the seller's, and the provider's web hook."""
