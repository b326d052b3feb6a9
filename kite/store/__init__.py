"""What is remembered, on SQLite or PostgreSQL: one module for each noun, functions over a connection, frozen
dataclasses.

The rooms above import it, `kite.connect`, `kite.instruments` and all below know nothing of it. Start with
`base/engine.py`, which opens the database, and `flow/executions.py`, which holds what everything else hangs
on.
"""
