"""The pages: with app.py, the command line and the simulator the only part that knows Flask.

Only app.py imports it. Its packages build on one another: wording, site, operator, composer, journey,
receipts, integrations. Start with `blueprints.py`, which lists the blueprints by their surfaces.
"""
