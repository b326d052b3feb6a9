"""What operators offer to others: published baskets with their versions, links, and presses.

It imports `base` and `flow`, and `people` is its neighbour; `kite.publishing` is who calls it. Start with
`published.py`.
"""
