"""One module for each version of the schema: `upgrade` leads there from the version before. Never changed afterwards.

A migration uses Alembic's `op` and plain SQLAlchemy types alone, never `tables`, which goes on to change. Add one as
`v<number>_<what>.py`, name it in `schema.MIGRATIONS`, count up `schema.VERSION`, and lay a dump of the version before
beside the others in tests/state/.
"""
