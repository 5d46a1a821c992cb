"""Correctors small enough to know what they will say."""

import re
import threading
import time

ASKED, RELEASED = threading.Event(), threading.Event()
"""Whether `held` was asked, and whether it may answer."""


def articles(text: str) -> str:
    """Put `an` before a vowel, the right verb behind `I`, and a comma before `but`."""
    text = re.sub(r"\ba(?= [aeiou])", "an", text)
    text = text.replace("I has", "I have")
    return re.sub(r"(\w) but\b", r"\1, but", text)


def spelling(text: str) -> str:
    """Mend three words."""
    for wrong, right in {"teh": "the", "recieve": "receive", "cafe\u0301e": "cafe\u0301"}.items():
        text = re.sub(rf"\b{wrong}\b", right, text)
    return text


def both(text: str) -> str:
    """Do what both of the others do."""
    return spelling(articles(text))


def everything(text: str) -> str:
    """Do what both of the others do, and remove the second of two equal words."""
    return both(re.sub(r"\b(\w+) \1\b", r"\1", text))


STARTED = threading.Event()
"""Whether `late` may answer the example that it is called with at its start."""


def late(text: str) -> str:
    """Say the same once the test lets it, however long that takes."""
    STARTED.wait(60)
    return text


def slow(text: str) -> str:
    """Take a while to say the same."""
    time.sleep(0.1)
    return text


def held(text: str) -> str:
    """Say the same once the test lets it."""
    ASKED.set()
    RELEASED.wait(60)
    return text


def careless(text: str) -> str:
    """Mend two words, in addresses too."""
    return text.replace("teh", "the").replace("recieve", "receive")
