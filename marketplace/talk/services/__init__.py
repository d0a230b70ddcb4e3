"""Every change of talks, questions, saved replies and reports; one verb one function."""
