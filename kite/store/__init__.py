"""Everything that is stored, on SQLite or PostgreSQL: one module for each noun, with functions over
a connection and frozen dataclasses.

The packages above import it, `kite.connect`, `kite.instruments` and all below know nothing of it.
Start with `base/engine.py`, which opens the database, and `flow/executions.py`, to which everything
else belongs.
"""
