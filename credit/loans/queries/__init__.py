"""Reads of loans: what a decision looks at, a borrower's pages, the risk desk."""
