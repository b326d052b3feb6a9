"""The pages of kite.zerodha.com: login, basket, authorisation.

And the control page of the simulator.

It imports `core`, `exchange`, `account` and `orders`. Start with `basket_and_login.py`.
"""
