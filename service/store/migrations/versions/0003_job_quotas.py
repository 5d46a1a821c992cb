"""Leases of jobs as durations, so that no clock decides on them, and the bytes of each job."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INPUT_BYTES = """
UPDATE jobs SET input_bytes = length(CAST(request AS TEXT)) + coalesce(
    (SELECT sum(length(content)) FROM job_files WHERE job_files.job = jobs.id), 0)
"""


def upgrade() -> None:
    """Change the columns of jobs. Jobs that have ended count with their inputs only."""
    # Not as a batch: SQLite would drop the table, and with it the input files, by their cascade.
    op.add_column("jobs", sa.Column("lease_s", sa.Double()))
    op.execute("UPDATE jobs SET lease_s = 30 WHERE state = 'running'")
    op.drop_column("jobs", "leased_until")
    for name in ("input_bytes", "result_bytes"):
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("jobs", column)
    op.execute(_INPUT_BYTES)
    op.create_index("ix_jobs_owner", "jobs", ["owner", "input_bytes", "result_bytes"])
