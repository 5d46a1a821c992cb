"""Five hundred strings of the kinds that break text programs."""

import sys
import unicodedata

_HAND_PICKED = [
    "e\u0301",
    "\u00e9",
    "\u212b",
    "\ufb01",
    "a" + "\u0300" * 50,
    "\u0344",
    "\u1e9b\u0323",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1e9\U0001f1ea",
    "\U0001f1e9",
    "\u2764\ufe0f",
    "\U0001f44d\U0001f3fd",
    "1\ufe0f\u20e3",
    "\U0001f3f4\U000e0067\U000e0062\U000e007f",
    "\u202eabc\u202c",
    "\u2066\u05d0\u2069",
    "\u200f\u05d0\u05d1",
    "\u061cword",
    "\u200bword",
    "wo\u00adrd",
    "\ufeffword",
    "\u2060",
    "\u180e",
    "\u034f",
    "\u3000",
    "\u00a0",
    "\u2028",
    "\u2029",
    "\u0085",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1f",
    "\x7f",
    "\r\n",
    "\r",
    "\t",
    "\x1b[31m",
    "\uffff",
    "\ufffe",
    "\ufffd",
    "\U0010ffff",
    "\ue000",
    "\U000f0000",
    "\u1100\u1161\u11a8",
    "\uac01",
    "\u0915\u094d\u0937",
    "\u0e33",
    "\u0dc1\u0dca\u200d\u0dbb",
    "\U00020000",
    "\u0130",
    "\u0131",
    "\u00df",
    "\u1e9e",
    "\u01c5",
    "\u2126",
    "\uff21",
    "\u0660",
    "\u216b",
    "\u00bd",
    "\u2460",
    "\ufdfa",
    "\u3300",
    "\U0001d54f",
    "\u0625\u0655",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "%00",
    "%s%n",
    "../../etc/passwd",
    "'; DROP TABLE jobs;--",
    "\\u0000",
    "null",
    "NaN",
    "1e999",
    "S a\nA 0 1",
    "|||",
    "-NONE-",
    "noop",
]


def zoo() -> list[str]:
    """Return them: some picked by hand, then some of every category of Unicode."""
    kinds: dict[str, list[str]] = {}
    for code in range(1, sys.maxunicode + 1, 7):  # each seventh, which misses no category
        kinds.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    kinds.pop("Cs", None)  # no text has a lone surrogate
    spread = [
        members[k * len(members) // 40]
        for k in range(40)
        for members in kinds.values()
        if len(members) >= 40 or k < len(members)
    ]
    return list(dict.fromkeys([*_HAND_PICKED, *spread]))[:500]
