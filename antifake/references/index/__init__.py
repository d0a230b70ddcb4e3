"""All photos of the market as arrays: how they are read from Postgres, kept in files, asked."""
