"""The made-up world of `make demo`: people, shops, goods, and what happened to them."""
