"""`GET /v1/limits`: the limits on requests, for clients to read in advance."""

from fastapi import APIRouter
from typing_extensions import TypedDict

from evaluation.data.class_probabilities import MOST_CLASSES
from evaluation.edits.align import MAX_TOKENS
from service.container import Application
from service.core import limits
from service.core.admission import INLINE, LONG
from service.core.settings import Settings
from service.jobs.file_names import MOST_FILES


class Limits(TypedDict):
    """Upper limits, except those whose name ends in `_least`."""

    systems_least: int
    systems: int
    text_tokens: int
    text_characters: int
    token_characters: int
    output_classes: int
    body_bytes: int
    batch_segments: int
    stream_bytes: int
    evaluation_metrics: int
    evaluation_outputs: int
    evaluation_scores: int
    evaluation_characters: int
    evaluation_references: int
    check_characters: int
    validation_sentences: int
    validation_tokens: int
    validation_changed: int
    validation_texts: int
    combiner_bytes: int
    combiner_manifest_bytes: int
    combiner_systems: int
    combiner_versions: int
    promotion_segments_least: int
    promotion_segments: int
    feedback_edits: int
    feedback_verdicts_per_day: int
    feedback_cells_per_day: int
    queue_characters: int
    inline_units: int
    long_units: int
    requests_per_minute: int
    segments_per_minute: int
    deadline_seconds: float
    batch_deadline_seconds: float
    job_bytes: int
    job_files: int
    jobs_waiting: int
    jobs_disk_bytes: int
    job_deadline_seconds: float
    job_days: float


def _published(settings: Settings) -> Limits:
    return Limits(
        systems_least=limits.FEWEST_SYSTEMS,
        systems=limits.MOST_SYSTEMS,
        text_tokens=MAX_TOKENS,
        text_characters=limits.LONGEST_TEXT,
        token_characters=limits.LONGEST_TOKEN,
        output_classes=MOST_CLASSES,
        body_bytes=settings.body_bytes,
        batch_segments=settings.batch_segments,
        stream_bytes=settings.stream_bytes,
        evaluation_metrics=limits.MOST_METRICS,
        evaluation_outputs=limits.MOST_JUDGED,
        evaluation_scores=limits.MOST_SCORES,
        evaluation_characters=limits.SCORED_CHARACTERS,
        evaluation_references=limits.MOST_REFERENCES,
        check_characters=limits.CHECKED_UNITS,
        validation_sentences=limits.CORRECTED_SENTENCES,
        validation_tokens=limits.CORRECTED_TOKENS,
        validation_changed=limits.CHANGED_TOKENS,
        validation_texts=limits.LATTICE_TEXTS,
        combiner_bytes=settings.combiner_bytes,
        combiner_manifest_bytes=limits.MANIFEST_BYTES,
        combiner_systems=limits.COMBINER_SYSTEMS,
        combiner_versions=limits.MOST_COMBINERS,
        promotion_segments_least=limits.EVIDENCE_LEAST,
        promotion_segments=limits.EVIDENCE_SEGMENTS,
        feedback_edits=limits.JUDGED_EDITS,
        feedback_verdicts_per_day=settings.feedback_stored_per_day,
        feedback_cells_per_day=limits.FEEDBACK_CELLS,
        queue_characters=settings.queue_characters,
        inline_units=INLINE,
        long_units=LONG,
        requests_per_minute=settings.requests_per_minute,
        segments_per_minute=settings.segments_per_minute,
        deadline_seconds=settings.deadline_s,
        batch_deadline_seconds=settings.batch_deadline_s,
        job_bytes=settings.job_bytes,
        job_files=MOST_FILES,
        jobs_waiting=settings.jobs_waiting,
        jobs_disk_bytes=settings.jobs_disk_bytes,
        job_deadline_seconds=settings.job_deadline_s,
        job_days=settings.job_days,
    )


def routes(application: Application) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["systems"])
    published = _published(application.settings)

    @router.get("/v1/limits")
    async def show_limits() -> Limits:
        """Return the limits on requests; in NDJSON `body_bytes` applies to a line."""
        return published

    return router
