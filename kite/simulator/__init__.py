"""The other side: a second application that stands in for kite.zerodha.com and api.kite.trade.

It shares Kite's words with the rest of the project and nothing else: not its judgement, or it would
only confirm it. `app.py` mounts it under `/simulator`, or serves it alone. Start with `app.py` beside
this file, then `pages/basket_and_login.py`.
"""

from kite.simulator.app import CLOSING, create_simulator

__all__ = ["CLOSING", "create_simulator"]
