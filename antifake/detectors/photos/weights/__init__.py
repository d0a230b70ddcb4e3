"""What was learned, with its licence, its source and its hash; read through `network`."""
