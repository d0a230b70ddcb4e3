"""Pages of talks, questions, saved replies and reports."""
