"""Alembic's entry: migrate over the connection, and inside the transaction, that the store handed in."""

from __future__ import annotations

from alembic import context

from speechqc.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
