"""The flow itself: hand off, return, read what Kite did, and show what became of every item.

It knows no web framework.

`kite.publishing`, the worker, the doctor, the pages and the command line import it. Its packages build
on one another: base, order_book, then journey, account and jobs. Start with `journey/handoff.py`
and follow a basket to `journey/returning.py`.
"""
