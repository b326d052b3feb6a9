"""Every sentence, label and figure that a page shows: rules, refusals of Kite, histories,
headlines, money and times.

It imports no other package of `kite.web`, and every other package imports it. Start with `labels.py`.
"""
