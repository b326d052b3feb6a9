"""The way of a basket: handed off, back from Kite, exchanged for a session, and who may see what
became of it.

It imports `base` and `order_book`; `account` and `jobs` import it. Start with `handoff.py`, then
`returning.py`.
"""
