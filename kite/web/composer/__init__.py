"""The page on which a basket is composed, and everything in it: rows, the order line, imports,
amounts, warnings, costs.

It imports `operator`, `site` and `wording`. Start with `compose.py`.
"""
