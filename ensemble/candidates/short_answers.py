"""Short answers to one question, as labels: `Paris.`, `paris` and `**Paris**` are one."""

from collections.abc import Mapping

from ensemble.candidates.answer_key import answer_key
from ensemble.candidates.labels import choices

_LONGEST = 80  # characters; longer answers are prose, which is compared as texts


def as_labels(answers: Mapping[str, str]) -> dict[str, str] | None:
    """Return `answers`, by system, with one form for those that agree in content.

    The form is the one that most systems gave; of equals, the one given first. Returns `None` where
    an answer is not short (`ensemble.candidates.answer_key`), or no two systems agree: texts that
    are all different say more by their likeness.
    """
    keys = {name: _key(text) for name, text in answers.items()}
    if None in keys.values() or len(set(keys.values())) == len(keys):
        return None
    forms = choices(answers, lambda text: _key(text) or "")
    return {name: choice.form.strip() for choice in forms for name in choice.voters}


def _key(text: str) -> str | None:
    return answer_key(text) if len(text) <= _LONGEST else None
