"""Goods in tables: a shop's CSV, XLSX and photo ZIP in, the same columns out."""
