"""Short answers to one question, as labels: `Paris.`, `paris` and `**Paris**` are one."""

from collections.abc import Mapping

from ensemble.candidates.answer_key import answer_key
from ensemble.candidates.labels import choices

_LONGEST = 80  # characters; longer answers are prose, which is compared as texts


def as_labels(answers: Mapping[str, str]) -> dict[str, str] | None:
    """Return `answers`, by system and in their order, with one form for those that agree.

    The form is the one that most systems gave; of equals, the one given first. Returns `None` where
    an answer is not short (`ensemble.candidates.answer_key`), or no two systems agree: texts that
    are all different say more by their likeness.
    """
    keys = {name: _key(text) for name, text in answers.items()}
    if None in keys.values() or len(set(keys.values())) == len(keys):
        return None
    labels = choices(answers, lambda text: _key(text) or "")
    forms = {name: label.form.strip() for label in labels for name in label.voters}
    return {name: forms[name] for name in answers}


def _key(text: str) -> str | None:
    return answer_key(text) if len(text) <= _LONGEST else None
