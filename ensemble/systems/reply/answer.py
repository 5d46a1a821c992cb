"""Returns the answer that the reply of a chat model has."""

from ensemble.systems.base import SystemFailure
from ensemble.systems.reply.extract import Extract, quoted
from ensemble.systems.reply.prefaces import only_announces
from ensemble.systems.reply.refusals import is_refusal, says_unchanged
from ensemble.systems.reply.thoughts import without_reasoning
from ensemble.systems.reply.unwrap import unwrapped
from ensemble.systems.reply.wrapping import is_empty


def answer_in(
    reply: str, source: str | None, *, extract: Extract | None = None, clean: bool = True
) -> str:
    """Return the answer that a reply has, without the white space around.

    `extract` says where in the reply it stands. `clean` takes off what models put around an
    answer: reasoning, and, where there is a source, a preface, remarks, quotes and code fences
    that the source lacks. Without a source the answer may be anything, and only reasoning
    is taken off. Nothing inside an answer changes.

    Raises:
        SystemFailure: the reply is reasoning only, a refusal or blank, or has nothing where
            `extract` looks.
    """
    if not clean:
        return _not_blank(_extracted(reply, extract))
    if source is not None and reply.strip() == source.strip():
        return _not_blank(_extracted(reply, extract))
    text = without_reasoning(reply, _spared(source, extract))
    if text is None:
        raise SystemFailure("its answer ends in its reasoning")
    if not text.strip() and reply.strip():
        raise SystemFailure("answered with its reasoning alone")
    text = _not_blank(text)
    try:
        answer = _extracted(text, extract)
    except SystemFailure:
        _check_refusal(text, source)
        raise
    return _not_blank(_cleaned(answer, source))


def _spared(source: str | None, extract: Extract | None) -> str | None:
    """Return the text whose tags are not those of reasoning."""
    if extract is None or extract.tags is None:
        return source
    return f"{source or ''}<{extract.tags}></{extract.tags}>"


def _extracted(text: str, extract: Extract | None) -> str:
    return text.strip() if extract is None else extract.of(text)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise SystemFailure("answered with nothing")
    return text.strip()


def _cleaned(text: str, source: str | None) -> str:
    """Return the answer in a text without reasoning.

    Raises:
        SystemFailure: it is a refusal.
    """
    if source is None:
        _check_refusal(text, source)
        return text
    source = source.strip()
    text = unwrapped(text, source)
    _check_refusal(text, source)
    if only_announces(text, source) or (is_empty(text) and not is_empty(source)):
        raise SystemFailure(f"answered with nothing: {quoted(text)}")
    return source if says_unchanged(text, source) else text


def _check_refusal(text: str, source: str | None) -> None:
    if text and is_refusal(text, source or ""):
        raise SystemFailure(f"refused: {quoted(text)}")
