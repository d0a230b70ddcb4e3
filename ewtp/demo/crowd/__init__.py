"""The demo's crowd: a year of a hundred shops, written in batches on top of the small world.

words.toml says what it is made of, plan.py decides what happens (dice alone, no database),
people.py and goods.py open its shops, orders.py writes its orders as the services would have,
books.py moves their money through the ledger, seeding.py strings it together.
"""
