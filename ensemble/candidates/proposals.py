"""The edits that each output makes, so that the same change is the same edit in all of them.

Outputs are read in the convention of the source (`evaluation.edits.spacing`); edits that differ
only in glyphs are one proposal, in the form that most of its voters used.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from ensemble.candidates.protection import Protection, Trusted
from evaluation.edits.align import Aligner
from evaluation.edits.align_words import Aligns
from evaluation.edits.glyphs import key, written
from evaluation.edits.spacing import Convention
from evaluation.edits.tokens import tokenise
from evaluation.records import Edit, Style

Identity = tuple[int, int, tuple[str, ...]]
"""The identity of an edit: where it is, and what it puts there, independent of glyphs."""


def propose(
    source: str,
    tokens: Sequence[str],
    sharing: Mapping[str, Sequence[str]],
    may_change_protected: Trusted = (),
    style: Style | None = None,
    align: Callable[[Sequence[str]], Aligns] = Aligner,
) -> dict[Edit, list[str]]:
    """Return the systems that proposed each edit of `tokens`; `sharing` has those behind each text.

    `style` is the spacing of a source that does not tell its own; without it most texts decide.
    Addresses, code and mark-up are changed only by trusted systems. With a single text no votes are
    weighed, so its edits reproduce it exactly, white space included. `align` makes the aligner.

    Raises:
        ValueError: a text is too long to align; the message names its system.
    """
    aligner = align(tokens)
    texts = {text: names for text, names in sharing.items() if text != source}
    if len(sharing) == 1:
        return {
            edit: list(names)
            for text, names in texts.items()
            for edit in _aligned(aligner, text, names)
        }
    protection = Protection.of(source, tokens, may_change_protected)
    all_texts = [text for text, names in sharing.items() for _ in names]
    convention = Convention.of(source, all_texts, style)
    forms = proposed_forms(tokens, texts, protection, convention, aligner)
    return {commonest(alike): list(chain.from_iterable(alike.values())) for alike in forms.values()}


def proposed_forms(
    tokens: Sequence[str],
    texts: Mapping[str, Sequence[str]],
    protection: Protection,
    convention: Convention,
    aligner: Aligns,
) -> dict[Identity, dict[Edit, list[str]]]:
    """Return the forms of each proposed change of `tokens`, with the systems that use each form.

    `texts` has the systems behind each text other than the source.

    Raises:
        ValueError: a text is too long to align; the message names its system.
    """
    voters: dict[Edit, list[str]] = {}
    for text, names in _read(protection.restored(texts), convention).items():
        for edit, some in protection.allowed(_aligned(aligner, text, names), names):
            voters.setdefault(edit, []).extend(some)
    forms: dict[Identity, dict[Edit, list[str]]] = {}
    for edit, some in voters.items():
        spaced = convention.respaced(edit, tokens)
        if spaced is not None:
            alike = forms.setdefault(identity(spaced, tokens), {})
            alike.setdefault(spaced, []).extend(some)
    return forms


def changes(
    source: str, tokens: Sequence[str], texts: Sequence[str], style: Style | None = None
) -> list[list[Edit]]:
    """Return the edits that turn `tokens` into each of `texts`, for example its references."""
    convention, aligner = Convention.of(source, texts, style), Aligner(tokens)
    return [aligner.edits(tokenise(convention.read(text))) for text in texts]


def identity(edit: Edit, tokens: Sequence[str]) -> Identity:
    """Return what `edit` to `tokens` shares with all edits that are the same change.

    White space and glyphs count only where nothing else changes.
    """
    start, end, replacement = edit
    keys = tuple(map(key, replacement))
    if end - start == 1 and keys == (key(tokens[start]),):
        return edit
    return start, end, keys


def _read(sharing: Mapping[str, Sequence[str]], convention: Convention) -> dict[str, list[str]]:
    """Return the systems behind each text, texts in the source's convention, each once."""
    read: dict[str, list[str]] = {}
    for text, names in sharing.items():
        read.setdefault(convention.read(text), []).extend(names)
    return read


def _aligned(aligner: Aligns, text: str, names: Sequence[str]) -> list[Edit]:
    try:
        return aligner.edits(tokenise(text))
    except ValueError as error:
        raise ValueError(f"{names[0]} against the source: {error}") from error


def commonest(forms: Mapping[Edit, Sequence[str]]) -> Edit:
    """Return the form that most systems used; of equals the plainest, then the first."""
    if len(forms) == 1:
        return next(iter(forms))
    return min(forms, key=lambda edit: (-len(forms[edit]), _oddness(edit), edit))


def _oddness(edit: Edit) -> int:
    """Return how many non-ASCII characters an edit has; decomposed ones count one more."""
    text = "".join(edit.replacement)
    return sum(not character.isascii() for character in text) + (text.strip() != written(text))
