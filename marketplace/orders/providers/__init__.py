"""The ports of orders: who moves real money. `current` names the adapter in use."""
