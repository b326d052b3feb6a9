"""Placing, modifying and cancelling orders, and sending their postbacks.

It imports `core`, `exchange` and `account`. Start with `place.py`.
"""
