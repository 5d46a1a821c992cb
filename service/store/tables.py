"""The tables: times are seconds since 1970, ids are text, structured values are stored as JSON."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
)
"""API keys: `digest` is the SHA-256 of the key; the key itself is not stored."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("request", JSON, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("idempotency_key", String(255)),
    Column("request_digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress", JSON),
    Column("detail", Text),
    Column("attempts", Integer, nullable=False),
    Column("cancel_asked", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("leased_by", String(64)),
    Column("lease_s", Double),
    Column("result", String(64)),
    Column("revision", Integer, nullable=False),
    Column("input_bytes", BigInteger, nullable=False, server_default="0"),
    Column("result_bytes", BigInteger, nullable=False, server_default="0"),
    Column("artefact", String(64)),
    UniqueConstraint("owner", "idempotency_key"),
    CheckConstraint(
        "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"
    ),
    Index("ix_jobs_state", "state", "created_at"),
    Index("ix_jobs_owner", "owner", "input_bytes", "result_bytes"),
)
"""Jobs: the attempt `leased_by` has the job while `revision` changes at least every `lease_s`.

`leased_by` is a token of one attempt; `result` is the token of the attempt that succeeded.
`revision` counts the changes. `input_bytes` and `result_bytes` count towards the quota of the
owner: the parameters and input files in the database, and the results on disk. `artefact` is the
digest of the registered combiner that the job uses, whose files stay until it has succeeded.
"""

job_files = Table(
    "job_files",
    metadata,
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Input files of jobs; in their own table because a job is rewritten at every heartbeat."""

combiners = Table(
    "combiners",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("signature", Text, nullable=False),
    Column("manifest", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
)
"""Trained combiners: the files of a version are in a folder named by `digest`.

The digest is the SHA-256 of the manifest, which contains that of the weights. A removed version has
an empty digest and keeps its number.
"""

aliases = Table(
    "aliases",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False),
    Column("alias", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("set_at", Double, nullable=False),
    Column("set_by", String(32), nullable=False),
    Column("evidence", JSON),
    Index("ix_aliases_name", "name", "alias"),
)
"""Moves of aliases of combiners: the newest of an alias is current, the others are history.

Version 0 means that the alias was removed.
"""

shadows = Table(
    "shadows",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("champion", Integer, primary_key=True),
    Column("shadow", Integer, primary_key=True),
    Column("compared", Integer, nullable=False),
    Column("same_text", Integer, nullable=False),
    Column("candidates", Integer, nullable=False),
    Column("same_candidates", Integer, nullable=False),
)
"""How often two versions of a combiner agreed on requests to the first."""

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("received_at", Double, nullable=False),
    Column("day", Integer, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("retracted_at", Double),
    Index("ix_feedback_day", "day"),
)
"""Feedback on one combination, with its day since 1970; it can be retracted as a whole."""

feedback_edits = Table(
    "feedback_edits",
    metadata,
    Column("feedback", ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("system", String(64), primary_key=True),
    Column("type", String(64), nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("window_id", Integer),
)
"""For each edit and each system that proposed it: its type, and whether it was accepted.

`window_id` is the window of drift it was counted in, which may have been removed since. Rows are
read when their feedback is retracted, and deleted then.
"""

feedback_counts = Table(
    "feedback_counts",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(32), primary_key=True),
    Column("system", String(64), primary_key=True),
    Column("type", String(64), primary_key=True),
    Column("accepted", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
)
"""Numbers of verdicts, without retracted ones; rows without verdicts are deleted."""

feedback_days = Table(
    "feedback_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(32), primary_key=True),
    Column("stored", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("revision"),
)
"""The number of verdicts that an owner sent on a day, also those retracted since.

`revision` is that of `feedback_state` after the latest change of its counts; each change of
feedback has its own.
"""

feedback_windows = Table(
    "feedback_windows",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("system", String(64), nullable=False),
    Column("day", Integer, nullable=False),
    Column("judged", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Index("ix_feedback_windows_system", "system", "id"),
)
"""Windows of consecutive judged edits of a system, by `id` in the order of arrival.

`day` is that of the latest verdict counted in it.
"""

feedback_state = Table(
    "feedback_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("windows", Integer, nullable=False),
)
"""One row: the number of changes of feedback, and of windows ever opened.

Every change of feedback begins by locking it, so that changes are made one after the other.
"""
