"""A mount from call to result, and what outlives it. Everything it needs is handed in (ports.py)."""
