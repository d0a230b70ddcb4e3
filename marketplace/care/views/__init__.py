"""Pages of disputes and of reviews."""
