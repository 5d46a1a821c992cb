"""Finds which words with separated parts, such as `well - known`, are in some texts."""

import re
from collections import defaultdict
from collections.abc import Iterable

_FIRST_PART = re.compile(r"(?<![\w'’‐‑-])[\w'’‐‑-]++(?= [-‐‑] )")


def found_apart(words: Iterable[str], texts: Iterable[str]) -> set[str]:
    """Return those of `words` that are in one of `texts`, maybe as a part of longer words there.

    Each word has hyphens between spaces. Each such hyphen in `texts` is looked at once: to search
    all texts for every word would take the product of the two.
    """
    by_first_part: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for word in words:
        by_first_part[word[: word.index(" ")]][len(word)].add(word)
    lengths = sorted(set(map(len, by_first_part)))
    found: set[str] = set()
    for text in texts:
        for match in _FIRST_PART.finditer(text):
            part, end = match.group(), match.end()
            for length in lengths:
                if length > len(part):
                    break
                start = end - length
                for size, alike in by_first_part.get(part[-length:], {}).items():
                    if (piece := text[start : start + size]) in alike:
                        found.add(piece)
    return found
