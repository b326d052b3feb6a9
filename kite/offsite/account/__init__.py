"""What a living session of a Kite user allows: figures of margin and charges, acts on orders, a person's own
data.

It imports `base`, `order_book` and `journey.access`, which says who may see what. Start with
`kite_queries.py`.
"""
