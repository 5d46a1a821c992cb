"""Words of the OpenAPI document about the API as a whole, and about each group of operations."""

DESCRIPTION = """\
Send what several systems answered, or let the service ask its own systems, and get one output with
the evidence: which systems proposed each part, how probable it is, and why it was accepted or not.

- Bodies and answers are JSON in UTF-8, unless an operation says otherwise. `/v1/combine/batch` also
  reads and writes NDJSON, a line for each segment.
- Where the service has keys, send one as `Authorization: Bearer KEY` or `X-API-Key: KEY`; the
  administrator makes it with `consort key create`.
- Work has limits, which `GET /v1/limits` lists. Every answer has an `X-Request-ID`, which the log
  has too.
"""
"""The introduction, as Markdown."""

TAGS = [
    {
        "name": "combine",
        "x-displayName": "Combine",
        "description": "Combine the outputs of several systems into one, for a single segment or "
        "for many: edits of a source, whole texts, or labels.",
    },
    {
        "name": "openai",
        "x-displayName": "OpenAI's API",
        "description": "The operations that clients of OpenAI's API call: a panel of language "
        "models answers as one model.",
    },
    {
        "name": "languagetool",
        "x-displayName": "LanguageTool's API",
        "description": "The operations that clients of LanguageTool call, such as plugins of "
        "editors.",
    },
    {
        "name": "systems",
        "x-displayName": "Systems",
        "description": "The systems and judges of this service, and the limits on requests.",
    },
    {
        "name": "combiners",
        "x-displayName": "Combiners",
        "description": "Trained combiners: their versions, the aliases that requests name, "
        "promotion by a significance test, and rollback.",
    },
    {
        "name": "feedback",
        "x-displayName": "Feedback",
        "description": "Which edits were right, and the competence of systems so learnt.",
    },
    {
        "name": "evaluate",
        "x-displayName": "Evaluate",
        "description": "Compare metrics with human judgements, or with edits of known worth.",
    },
    {
        "name": "jobs",
        "x-displayName": "Jobs",
        "description": "Long work that goes on when the client leaves: trainings, batches, "
        "evaluations and diagnoses.",
    },
    {
        "name": "keys",
        "x-displayName": "Keys",
        "description": "The keys of callers: making, listing and revoking them.",
    },
    {
        "name": "problems",
        "x-displayName": "Problems",
        "description": "The types of errors, explained.",
    },
    {
        "name": "health",
        "x-displayName": "Health",
        "description": "Whether the service runs and takes requests, and its metrics.",
    },
]
"""The groups in the order of the documentation; any other group comes last."""
