"""Counts of feedback beside its rows, so that no answer depends on the number of verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COUNTS = """
INSERT INTO feedback_counts (day, owner, system, type, accepted, rejected)
SELECT day, owner, system, type,
       sum(CASE WHEN accepted THEN 1 ELSE 0 END), sum(CASE WHEN accepted THEN 0 ELSE 1 END)
FROM feedback JOIN feedback_edits ON feedback_edits.feedback = feedback.id
WHERE retracted_at IS NULL GROUP BY day, owner, system, type
"""

_DAYS = """
INSERT INTO feedback_days (day, owner, stored, revision)
SELECT day, owner, count(*), row_number() OVER (ORDER BY day, owner)
FROM feedback JOIN feedback_edits ON feedback_edits.feedback = feedback.id
GROUP BY day, owner
"""

_FORGET_RETRACTED = """
DELETE FROM feedback_edits
WHERE feedback IN (SELECT id FROM feedback WHERE retracted_at IS NOT NULL)
"""

# A window has 50 verdicts; the newest 100 windows of the 256 most judged systems are kept. Later
# changes of these numbers do not change a migration. Windows are numbered within each system by
# `block`, and over all systems by `id`.
_WINDOW_IDS = """
UPDATE feedback_edits SET window_id = numbered.id
FROM (
    SELECT feedback, place, system, dense_rank() OVER (ORDER BY system, block) AS id
    FROM (
        SELECT feedback, place, system, (row_number() OVER (
            PARTITION BY system ORDER BY received_at, feedback.id, place) - 1) / 50 AS block
        FROM feedback JOIN feedback_edits ON feedback_edits.feedback = feedback.id
    ) AS blocks
) AS numbered
WHERE feedback_edits.feedback = numbered.feedback AND feedback_edits.place = numbered.place
  AND feedback_edits.system = numbered.system
"""

_WINDOWS = """
INSERT INTO feedback_windows (id, system, day, judged, accepted)
SELECT window_id, system, max(day), count(*), sum(CASE WHEN accepted THEN 1 ELSE 0 END)
FROM feedback JOIN feedback_edits ON feedback_edits.feedback = feedback.id
GROUP BY window_id, system
"""

_STATE = """
INSERT INTO feedback_state (id, revision, windows)
VALUES (1, (SELECT coalesce(max(revision), 0) FROM feedback_days),
        (SELECT coalesce(max(id), 0) FROM feedback_windows))
"""

_KEEP_NEWEST_WINDOWS = """
DELETE FROM feedback_windows WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY system ORDER BY id DESC) AS age
        FROM feedback_windows
    ) AS aged WHERE age > 100
)
"""

_KEEP_MOST_JUDGED = """
DELETE FROM feedback_windows WHERE system NOT IN (
    SELECT system FROM feedback_windows GROUP BY system
    ORDER BY sum(judged) DESC, system LIMIT 256
)
"""


def upgrade() -> None:
    """Create the tables of counts, and count the feedback that exists."""
    _create_tables()
    op.add_column("feedback_edits", sa.Column("window_id", sa.Integer(), nullable=True))
    for column in ("received_at", "retracted_at"):
        op.drop_index(f"ix_feedback_{column}", "feedback")
    steps = (_COUNTS, _DAYS, _FORGET_RETRACTED, _WINDOW_IDS, _WINDOWS, _STATE,
             _KEEP_NEWEST_WINDOWS, _KEEP_MOST_JUDGED)  # fmt: skip
    for step in steps:
        op.execute(step)


def _create_tables() -> None:
    op.create_table(
        "feedback_counts",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "owner", "system", "type", name=op.f("pk_feedback_counts")),
    )
    op.create_table(
        "feedback_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "owner", name=op.f("pk_feedback_days")),
        sa.UniqueConstraint("revision", name=op.f("uq_feedback_days_revision")),
    )
    op.create_table(
        "feedback_windows",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_windows")),
    )
    op.create_index("ix_feedback_windows_system", "feedback_windows", ["system", "id"])
    op.create_table(
        "feedback_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("windows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_state")),
    )
