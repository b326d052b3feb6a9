"""The signed-in area of those who run the site: accounts, published baskets, figures, permissions.

It imports `site` and `wording`. Start with `accounts.py`.
"""
