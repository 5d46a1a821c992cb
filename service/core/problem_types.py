"""The codes of all problems that the service answers with: status, title, meaning and an example.

The code is the last part of a problem document's `type`, and never changes its meaning. Codes of
`FaultCode` may stand in `errors` too, one for each field at fault.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

FaultCode = Literal[
    "artefact-damaged",
    "artefact-unsuitable",
    "combiner-failed",
    "conflicting-fields",
    "duplicate-key",
    "duplicate-value",
    "edit-out-of-range",
    "idempotency-key-reused",
    "invalid-characters",
    "invalid-configuration",
    "invalid-evidence",
    "invalid-json",
    "invalid-m2",
    "invalid-metric",
    "invalid-probabilities",
    "invalid-type",
    "invalid-upload",
    "invalid-value",
    "missing-field",
    "not-computable",
    "path-not-allowed",
    "segment-mismatch",
    "text-empty",
    "text-too-long",
    "too-few",
    "too-few-systems",
    "too-many",
    "too-many-systems",
    "unknown-combiner",
    "unknown-configuration",
    "unknown-field",
    "unknown-system",
    "unsupported-kind",
    "unsupported-parameter",
]
"""Codes of faults in a request that can be read: the status is 422."""

Code = Literal[
    FaultCode,
    "alias-moved",
    "alias-not-found",
    "already-champion",
    "body-timeout",
    "body-too-large",
    "combiner-busy",
    "combiner-not-found",
    "connection-closed",
    "cross-site-request",
    "database-unavailable",
    "deadline-exceeded",
    "disk-full",
    "disk-quota-exceeded",
    "feedback-limited",
    "feedback-not-found",
    "host-not-allowed",
    "internal-error",
    "invalid-parameter",
    "job-ended",
    "job-not-found",
    "job-not-retryable",
    "key-invalid",
    "key-missing",
    "key-not-found",
    "kind-mismatch",
    "method-not-allowed",
    "name-reserved",
    "no-previous-version",
    "no-system-answered",
    "not-better",
    "not-found",
    "not-ready",
    "queue-full",
    "rate-limited",
    "registry-full",
    "result-not-found",
    "scope-missing",
    "stopping",
    "unknown-language",
    "unknown-model",
    "unsupported-media-type",
    "version-in-use",
]

PREFIX = "/problems/"
"""The `type` of a problem is this and its code: a relative URI that resolves."""


class ProblemType(NamedTuple):
    """Facts that hold for every problem of one code; `example` is a `detail` of one."""

    status: int
    title: str
    meaning: str
    example: str


PROBLEM_TYPES: Mapping[Code, ProblemType] = {
    "alias-moved": ProblemType(
        409,
        "Alias moved",
        "The alias was moved by another request after the comparison had begun.",
        "mine@champion was moved to version 3 by another request",
    ),
    "alias-not-found": ProblemType(
        404,
        "Alias not found",
        "The combiner has no alias of this name.",
        "no alias mine@shadow is set",
    ),
    "already-champion": ProblemType(
        409,
        "Already champion",
        "The version to promote is the champion already.",
        "mine@2 is the champion already",
    ),
    "artefact-damaged": ProblemType(
        422,
        "Damaged artefact",
        "An uploaded manifest or its weights cannot be read, or do not fit each other.",
        "/weights: does not match the sha256 in manifest.json",
    ),
    "artefact-unsuitable": ProblemType(
        422,
        "Unsuitable artefact",
        "An uploaded combiner can be read, but the service cannot run it.",
        "/manifest: was trained with errant types; the service has surface types",
    ),
    "body-timeout": ProblemType(
        408,
        "Body timeout",
        "The body, or the next line of a stream, did not arrive in time.",
        "the body did not arrive within 10 s",
    ),
    "body-too-large": ProblemType(
        413,
        "Body too large",
        "The body, a line of it, or a text or file in it is larger than the limit.",
        "more than 1048576 bytes, which is the limit",
    ),
    "combiner-busy": ProblemType(
        503,
        "Combiner busy",
        "Other requests are changing the same combiner; retry later.",
        "other requests are changing this combiner",
    ),
    "combiner-failed": ProblemType(
        422,
        "Combiner failed",
        "A registered combiner failed on this input.",
        "/combiner: mine@2 failed on this input: its probabilities are not finite",
    ),
    "combiner-not-found": ProblemType(
        404,
        "Combiner not found",
        "No combiner of this name and version is registered or loaded.",
        "no combiner mine@7 is registered",
    ),
    "conflicting-fields": ProblemType(
        422,
        "Conflicting fields",
        "Fields exclude each other, one does not apply here, or exactly one of several is needed.",
        "the body: needs exactly one of scores and texts",
    ),
    "connection-closed": ProblemType(
        400,
        "Connection closed",
        "The client closed the connection before the body or the answer was complete.",
        "the connection was closed before the body ended",
    ),
    "cross-site-request": ProblemType(
        403,
        "Cross-site request",
        "A page of another site sent the request.",
        "pages of other sites may not send this request",
    ),
    "database-unavailable": ProblemType(
        503,
        "Database unavailable",
        "The database does not answer, or has not been read yet; retry later.",
        "the database is unavailable at the moment",
    ),
    "deadline-exceeded": ProblemType(
        503,
        "Deadline exceeded",
        "The work was not done by the deadline; retry later.",
        "not done by the deadline",
    ),
    "disk-full": ProblemType(
        503,
        "Disk full",
        "The service cannot write to its disk; retry later.",
        "the disk is full",
    ),
    "disk-quota-exceeded": ProblemType(
        409,
        "Disk quota exceeded",
        "The jobs of the key would have more bytes than they may; old ones are removed in time.",
        "the job has 1000 bytes, and the kept jobs of this owner 1500; the limit is 2000 bytes in "
        "all (jobs_disk_bytes)",
    ),
    "duplicate-key": ProblemType(
        422,
        "Duplicate key",
        "An object in the body has the same key twice.",
        "the body: has the key 'source' twice in one object",
    ),
    "duplicate-value": ProblemType(
        422,
        "Duplicate value",
        "A name, an edit or a system is given twice.",
        "/systems: names 'a' twice",
    ),
    "edit-out-of-range": ProblemType(
        422,
        "Edit out of range",
        "An edit ends before it starts, or past the end of the source.",
        "/edits/0/end: is past the end of the source (5 tokens)",
    ),
    "feedback-limited": ProblemType(
        429,
        "Feedback limited",
        "The owner has sent as much feedback as is stored in a day; retry on the next day (UTC).",
        "would make 50004 verdicts (edits times voters) on this day (UTC); the limit is 50000",
    ),
    "feedback-not-found": ProblemType(
        404,
        "Feedback not found",
        "The key has given no feedback of this id.",
        "no such feedback",
    ),
    "host-not-allowed": ProblemType(
        421,
        "Host not allowed",
        "The request is for a host that this service does not serve.",
        "this service is not 'evil.example'; allowed_hosts names its hosts",
    ),
    "idempotency-key-reused": ProblemType(
        422,
        "Idempotency key reused",
        "The Idempotency-Key was sent before with another request.",
        "the Idempotency-Key was sent before with another request",
    ),
    "internal-error": ProblemType(
        500,
        "Internal error",
        "An unexpected error; the log has it under the id in `instance`.",
        "unexpected error; see the log under this instance",
    ),
    "invalid-characters": ProblemType(
        422,
        "Invalid characters",
        "A text has a NUL, a lone surrogate, or control characters where none may be.",
        "/source: has a NUL character",
    ),
    "invalid-configuration": ProblemType(
        422,
        "Invalid configuration",
        "The configuration of a job cannot be read as one.",
        "/config: plan.resamples: Input should be greater than or equal to 1",
    ),
    "invalid-evidence": ProblemType(
        422,
        "Invalid evidence",
        "The evidence for a promotion cannot be used, or is too small.",
        "/evidence: has 3 different sources; at least 50 are needed",
    ),
    "invalid-json": ProblemType(
        422,
        "Invalid JSON",
        "The body, or a line of it, is not JSON, not UTF-8, or nested too deeply.",
        "the body: is not valid JSON: Expecting value: line 1 column 1 (char 0)",
    ),
    "invalid-m2": ProblemType(
        422,
        "Invalid M2",
        "Gold edits cannot be read as M2, or exceed a limit.",
        "/m2: m2:1: a sentence must start with 'S ', not 'A 0 1'",
    ),
    "invalid-metric": ProblemType(
        422,
        "Invalid metric",
        "A metric has no such option, or the value of an option is wrong.",
        "/metrics/0: sari has no option 'order'; it takes no options",
    ),
    "invalid-parameter": ProblemType(
        400,
        "Invalid parameter",
        "A parameter of LanguageTool's form is missing, malformed, or contradicts another.",
        "Missing 'language' parameter, e.g. 'language=en-US'",
    ),
    "invalid-probabilities": ProblemType(
        422,
        "Invalid probabilities",
        "The class probabilities of a system are not numbers from 0 to 1 that sum to at most 1.",
        "/outputs/a: has probabilities that sum to 1.7; the sum should be over 0 and at most 1",
    ),
    "invalid-type": ProblemType(
        422,
        "Invalid type",
        "A field has a value of another JSON type than its schema says.",
        "/source: Input should be a valid string",
    ),
    "invalid-upload": ProblemType(
        422,
        "Invalid upload",
        "The multipart form of an upload cannot be read, or has other parts than it should.",
        "the form has one file called manifest and one called weights, and nothing else",
    ),
    "invalid-value": ProblemType(
        422,
        "Invalid value",
        "A field has a value that its schema does not allow.",
        "/kind: Input should be 'edits', 'texts' or 'labels'",
    ),
    "job-ended": ProblemType(
        409,
        "Job ended",
        "The job has ended and cannot be cancelled.",
        "the job has succeeded already",
    ),
    "job-not-found": ProblemType(
        404,
        "Job not found",
        "The key has no job of this id.",
        "no job has the id '0123456789abcdef0123456789abcdef'",
    ),
    "job-not-retryable": ProblemType(
        409,
        "Job not retryable",
        "Only a job that failed or was cancelled can be retried.",
        "the job is running; only failed and cancelled jobs can be retried",
    ),
    "key-invalid": ProblemType(
        401,
        "Invalid key",
        "The key is unknown, expired or revoked.",
        "this key is not valid",
    ),
    "key-missing": ProblemType(
        401,
        "Missing key",
        "The request needs a key and has none.",
        "this request needs a key",
    ),
    "key-not-found": ProblemType(
        404,
        "Key not found",
        "No key has this id.",
        "no key has this id",
    ),
    "kind-mismatch": ProblemType(
        409,
        "Kind mismatch",
        "All versions of a combiner must combine the same kind of outputs.",
        "mine combines edits, and this version labels",
    ),
    "method-not-allowed": ProblemType(
        405,
        "Method not allowed",
        "The route does not have this method.",
        "Method Not Allowed",
    ),
    "missing-field": ProblemType(
        422,
        "Missing field",
        "A field that the request needs is missing.",
        "/source: is missing",
    ),
    "name-reserved": ProblemType(
        409,
        "Name reserved",
        "The name belongs to a built-in combiner.",
        "vote is the name of a built-in combiner",
    ),
    "no-previous-version": ProblemType(
        409,
        "No previous version",
        "The alias has no earlier version to roll back to.",
        "mine@champion has no earlier version that is still registered",
    ),
    "no-system-answered": ProblemType(
        503,
        "No system answered",
        "None of the systems gave an answer; retry later.",
        "no system answered",
    ),
    "not-better": ProblemType(
        409,
        "Not better",
        "The evidence does not show that the new version is better; `comparison` has the figures.",
        "mine@2 is not shown to be better than vote: F0.5 50.00 against 50.00",
    ),
    "not-computable": ProblemType(
        422,
        "Not computable",
        "The data cannot answer the question, or lacks an input that a metric needs.",
        "/metrics/0: chrf needs references",
    ),
    "not-found": ProblemType(
        404,
        "Not found",
        "The path is not that of a route.",
        "Not Found",
    ),
    "not-ready": ProblemType(
        503,
        "Not ready",
        "No system is ready yet; retry later.",
        "no system is ready",
    ),
    "path-not-allowed": ProblemType(
        422,
        "Path not allowed",
        "A configuration names a path, an address or a key that only the operator may set.",
        "/config: data may be set by the operator only",
    ),
    "queue-full": ProblemType(
        503,
        "Queue full",
        "The service is at capacity; retry later.",
        "the service is at capacity; retry later",
    ),
    "rate-limited": ProblemType(
        429,
        "Rate limited",
        "The caller has sent more requests or segments in a minute than are allowed.",
        "more than 60000 requests in a minute",
    ),
    "registry-full": ProblemType(
        409,
        "Registry full",
        "The registry has as many versions as it may have; delete one.",
        "200 versions are registered, which is the limit; delete one",
    ),
    "result-not-found": ProblemType(
        404,
        "Result not found",
        "The job has not produced a file of this name.",
        "the job has no result file of this name",
    ),
    "scope-missing": ProblemType(
        403,
        "Missing scope",
        "The key does not have the scope that the route needs.",
        "this request needs a key with the scope train",
    ),
    "segment-mismatch": ProblemType(
        422,
        "Segment mismatch",
        "Parts of the request have different systems or numbers of segments.",
        "/scores/chrf/a: has 3 segments; judgements have 4",
    ),
    "stopping": ProblemType(
        503,
        "Stopping",
        "The service is shutting down; retry later.",
        "the service is stopping",
    ),
    "text-empty": ProblemType(
        422,
        "Empty text",
        "A text is empty, or has only white space.",
        "/source: has only white space",
    ),
    "text-too-long": ProblemType(
        422,
        "Text too long",
        "A text has more tokens or characters than the limit, or a token that is too long.",
        "/source: has 5000 tokens; the limit is 4096",
    ),
    "too-few": ProblemType(
        422,
        "Too few",
        "A list or object has fewer entries than are needed.",
        "/edits: has 0 entries; at least 1 is needed",
    ),
    "too-few-systems": ProblemType(
        422,
        "Too few systems",
        "There are fewer outputs and systems than can be combined.",
        "/outputs: has 1 element; at least 2 outputs and systems are needed",
    ),
    "too-many": ProblemType(
        422,
        "Too many",
        "The request has more entries, segments or work than the limit.",
        "the body: has 1001 segments; the limit is 1000",
    ),
    "too-many-systems": ProblemType(
        422,
        "Too many systems",
        "There are more outputs and systems than are combined at once.",
        "the body: has 33 outputs and systems; the limit is 32",
    ),
    "unknown-combiner": ProblemType(
        422,
        "Unknown combiner",
        "No combiner that can be used here has this name.",
        "/combiner: 'nonsense' is unknown; available: vote, mbr",
    ),
    "unknown-configuration": ProblemType(
        422,
        "Unknown configuration",
        "No shipped configuration has this name.",
        "/config: 'nonsense' is unknown; available: wmt",
    ),
    "unknown-field": ProblemType(
        422,
        "Unknown field",
        "An object has a key that is not in its schema.",
        "/sauce: is not a known key",
    ),
    "unknown-language": ProblemType(
        400,
        "Unknown language",
        "The language is not one of /v2/languages.",
        "'xx' is not a language code known to this server. Supported language codes are: en-US",
    ),
    "unknown-model": ProblemType(
        404,
        "Unknown model",
        "The model is not one of /v1/models: `consort`, or `consort/` and a roster or a combiner.",
        "the model 'gpt' is unknown; available: consort, consort/vote",
    ),
    "unknown-system": ProblemType(
        422,
        "Unknown system",
        "No system has this name.",
        "/systems/0: 'nonsense' is unknown; available: a, b",
    ),
    "unsupported-kind": ProblemType(
        422,
        "Unsupported kind",
        "The combiner does not combine outputs of this kind.",
        "/kind: mbr combines texts, not edits",
    ),
    "unsupported-media-type": ProblemType(
        415,
        "Unsupported media type",
        "The body is compressed, or of a media type that the route does not read.",
        "the body is text/plain; supported: application/json",
    ),
    "unsupported-parameter": ProblemType(
        422,
        "Unsupported parameter",
        "A chat completion asks for something that a panel does not give, such as tools.",
        "/tools: is not supported: a panel answers with text",
    ),
    "version-in-use": ProblemType(
        409,
        "Version in use",
        "An alias points at the version that is to be deleted.",
        "mine@champion points at version 2; move it first",
    ),
}

FAULT_CODES: tuple[FaultCode, ...] = get_args(FaultCode)


def uri(code: Code) -> str:
    """Return the `type` of problems with this code."""
    return PREFIX + code
