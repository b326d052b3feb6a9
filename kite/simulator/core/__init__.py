"""The base of the simulator: its ledger, clock, switches, faults, logins, and the answers in Kite's
envelope.

Every package of the simulator imports it, and it imports none of them. Start with `ledger.py` and
`context.py`.
"""
