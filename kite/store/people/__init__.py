"""Who is known: Kite sessions, operators, what operators allow to others, and all that is stored of a person.

It imports `base` and `flow`; erasing a person reaches what they did. Start with `sessions.py`.
"""
