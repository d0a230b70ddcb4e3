"""Pages of loans: a borrower's, and the risk desk."""
