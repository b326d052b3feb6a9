"""The other side: a second application that stands in for kite.zerodha.com and api.kite.trade.

It shares Kite's words with the rest of the project and nothing else: not its judgement, or it would
only confirm it.
"""

from kite.simulator.app import CLOSING, create_simulator

__all__ = ["CLOSING", "create_simulator"]
