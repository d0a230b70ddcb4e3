"""The detectors on anybody's own data: what they find, what they wrongly find, at what cost."""
