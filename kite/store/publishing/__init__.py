"""What operators offer to others: published baskets with their versions, links, and presses.

It imports `base` and `flow`; `kite.publishing` calls it. Start with
`published.py`.
"""
