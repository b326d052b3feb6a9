"""Reading a person's order book at Kite, and recording what concerns an execution.

It imports `base`; the journey, the account and the jobs import it. Start with `reconcile.py`.
"""
