"""What a person composes: items, the rules they keep, and how a basket is split.

It is pure: no web, no database, no clock. Every package but the simulator may import it. Start with
`items.py`, then `formats/row_reader.py` and `checking/rules.py`.
"""
