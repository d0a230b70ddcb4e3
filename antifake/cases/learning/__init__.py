"""A probability that learns from verdicts: the model, its nightly refit, and who may promote it."""
