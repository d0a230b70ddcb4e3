"""What the `api.py` of every room stands on: who asks, how much, once, in which shape."""
