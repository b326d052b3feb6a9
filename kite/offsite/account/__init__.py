"""What a living session of a Kite user allows: figures of margin and charges, actions on orders,
and a person's own data.

It imports `base`, `order_book` and `journey.access`, which says who may see what. Start with
`kite_queries.py`.
"""
