"""The part of api.kite.trade that programs call.

It imports every room before it. Start with `session.py` and `orders.py`.
"""
