"""The goods: each function builds one on the table, in its variants."""
