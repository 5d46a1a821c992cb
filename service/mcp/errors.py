"""Turns errors into the problem documents that a failed call of a tool returns."""

import logging
from uuid import uuid4

from pydantic import ValidationError

from service.core.admission import Busy
from service.core.limits import Refused
from service.core.problems import Document, Problem, fault, faults_of, invalid, later

_LOG = logging.getLogger(__name__)


def document_of(tool: str, error: Exception) -> Document:
    """Return the problem document for an error; that of an unexpected error has no details.

    An unexpected error is logged with its place under the id in `instance`.
    """
    occurrence = str(uuid4())
    problem = _problem(error)
    if problem.code == "internal-error":
        _LOG.error("the tool %s failed: %s", tool, occurrence, exc_info=error)
    return problem.document(occurrence)


def shown(document: Document) -> str:
    """Return a problem document as text: its code, and every fault."""
    code = document["type"].rpartition("/")[2]
    lines = [f"Error {code}: {document['detail']}"]
    faults = document.get("errors", [])
    if len(faults) > 1:
        lines += [
            f"- {item['pointer'] or '/'}: {item['detail']} ({item['code']})" for item in faults
        ]
    return "\n".join(lines)


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case ValidationError():
            return invalid(faults_of(error))
        case Refused():
            return invalid([fault(error.code, error.path, error.detail)])
        case Busy():
            return later("queue-full", str(error))
        case TimeoutError():
            return later("deadline-exceeded", "not done by the deadline")
    return Problem("internal-error", "unexpected error; see the log under this instance")
