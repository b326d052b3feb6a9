"""Offsite order execution on Zerodha's Kite: compose a basket, hand it off, receive the return,
show the receipt.
"""
