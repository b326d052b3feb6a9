"""The way to Kite and back as pages: the hand-off page, the return, logging in, the parts of a
basket, and the result for the page or app that began it.

It imports `site`, `wording`, and the composer's warnings. Start with `handoff.py`, then
`returns.py`.
"""
