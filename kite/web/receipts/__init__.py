"""What became of baskets, as pages and files: receipts, their orders and what can be done with
them, the archive, a person's data.

It imports `journey`, `site` and `wording`. Start with `receipt_page.py`, then `presenter.py`.
"""
