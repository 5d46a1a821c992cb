"""Registered combiners that jobs use, whose files stay until these have succeeded."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; jobs from before use no registered combiner."""
    op.add_column("jobs", sa.Column("artefact", sa.String(64)))
