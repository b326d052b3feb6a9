"""The market: prices and quotes, the life of an order, and what the order system refuses.

It imports `core`. Start with `lifecycle.py`.
"""
