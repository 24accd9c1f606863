"""The history of the store's schema: one file per revision in `versions/`, run by alembic.

A new revision is a new file there with the next number, its number at the end of
`schema.REVISIONS`, and the changed tables in `schema.py`; a test holds that all three agree.
"""
