"""What Alembic runs: the migrations, on the connection and in the transaction that
kite.store.base.migrate opened.
"""

from alembic import context

from kite.store.base.publishing_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
