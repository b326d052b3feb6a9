"""What Alembic runs: the migrations, on the connection and in the transaction that kite.store.migrate opened."""

from alembic import context

from kite.store.offered import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
