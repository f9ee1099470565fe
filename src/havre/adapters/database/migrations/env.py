"""Alembic's entry: run the migrations in the transaction that the caller has open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
