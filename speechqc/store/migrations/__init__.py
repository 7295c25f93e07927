"""Alembic's scripts, run by :mod:`speechqc.store.migrate` when a store is opened."""
