"""The database itself: connections, tables, column types, migrations. It knows no noun of the flow.

Every module of `kite.store` imports it, and it imports none of them. Start with `engine.py`.
"""
