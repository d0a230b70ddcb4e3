"""Every change of a request or a quote, one verb one function."""
