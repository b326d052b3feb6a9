"""What the whole flow builds on: the services it works with, the states of an execution, and which
orders belong to which item.

Every package of `kite.offsite` imports it, and it imports none of them. Start with `services.py` and
`receipt.py`.
"""
