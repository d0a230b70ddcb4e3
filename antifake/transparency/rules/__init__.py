"""The thinking of this room. Plain Python: the seal, the export of statements, public counts."""
