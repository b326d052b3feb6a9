"""The calls of api.kite.trade.

It imports all the other packages of the simulator. Start with `session.py` and `orders.py`.
"""
