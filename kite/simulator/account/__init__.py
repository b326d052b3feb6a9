"""What the demo client has: order book, funds, margins, holdings, positions.

It imports `core` and `exchange`. Start with `order_book.py`.
"""
