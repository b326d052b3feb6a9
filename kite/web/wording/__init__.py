"""Every sentence, label and figure that a page shows: rules, refusals of Kite, histories,
headlines, money and times.

It imports no other room of `kite.web`, and every other room imports it. Start with `labels.py`.
"""
