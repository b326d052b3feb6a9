"""People: Kite sessions, operators, the sites that operators allow, and everything stored of a
person.

It imports `base` and `flow`; erasing a person reaches what they did. Start with `sessions.py`.
"""
