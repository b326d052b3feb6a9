"""Placing, modifying and cancelling orders, and telling about them by postbacks.

It imports `core`, `exchange` and `account`. Start with `place.py`.
"""
