"""LanguageTool's rules: one for each type of edit, and which of them a request selects."""

from dataclasses import dataclass

from evaluation.edits.classify import TYPES

_PREFIX = "CONSORT_"
_CATEGORIES = {
    "CASING": "Capitalization",
    "GRAMMAR": "Grammar",
    "MISC": "Miscellaneous",
    "PUNCTUATION": "Punctuation",
    "TYPOGRAPHY": "Typography",
    "TYPOS": "Possible Typo",
}
_CLASSES = {
    "PUNCT": ("Punctuation", "typographical", "PUNCTUATION"),
    "CASE": ("Capital or small letter", "typographical", "CASING"),
    "SPACE": ("Words joined or split", "whitespace", "TYPOGRAPHY"),
    "WO": ("Word order", "grammar", "GRAMMAR"),
    "STEM": ("Form of a word", "grammar", "GRAMMAR"),
    "SPELL": ("Spelling mistake", "misspelling", "TYPOS"),
    "FUNC": ("Function word", "grammar", "GRAMMAR"),
    "OTHER": ("Wording", "uncategorized", "MISC"),
}
_OPERATIONS = {"M": "{} missing", "U": "{} not needed", "R": "{}"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, which stands for a type of edit; requests enable and disable it by its id."""

    id: str
    description: str
    issue_type: str
    category: str

    @property
    def category_name(self) -> str:
        """The English name of the category."""
        return _CATEGORIES[self.category]


def _rule(edit_type: str) -> Rule:
    operation, kind = edit_type.split(":")
    words, issue_type, category = _CLASSES[kind]
    description = _OPERATIONS[operation].format(words)
    return Rule(_PREFIX + edit_type.replace(":", "_"), description, issue_type, category)


SPELLING = f"{_PREFIX}R_SPELL"
"""The id of the rule for spelling; in answers it is the one LanguageTool has for the language."""

RULES = {edit_type: _rule(edit_type) for edit_type in TYPES}
"""The rule of every type of edit that `evaluation.edits.classify` knows."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules that a request enables and disables, by their ids or categories."""

    enabled: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    only: bool = False

    def wants(self, rule: Rule) -> bool:
        """Whether `rule` is selected; a rule enabled by its own id always is."""
        names = {rule.id, rule.category}
        if self.only:
            return bool(names & self.enabled)
        return rule.id in self.enabled or not names & self.disabled
