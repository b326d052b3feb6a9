"""What every page needs: the visit, headers, error pages, rate limits, static files, health.

It imports `wording`; every package of pages imports it. Start with `context.py`, `visits.py` and
`surfaces.py`: how a route is protected follows from its surface.
"""
