"""Pages of shops: the desk, applying, and the people who work there."""
