"""The part of kite.zerodha.com that a person sees: login, basket, authorisation, and the control page.

It imports the rooms before it. Start with `basket_and_login.py`.
"""
