"""Training and judging score cards, off line. Needs the extra `train`; no request runs it."""
