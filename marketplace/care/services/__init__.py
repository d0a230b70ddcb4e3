"""Disputes, what comes of them, and reviews: one file a noun."""
