"""Requests within the limits that cost as much as their senders could make them."""

import json
import random
from collections.abc import Callable, Mapping

import httpx

SEED = 5
PATIENCE_S = 300.0

Attack = Callable[[str], int]
"""Sends its request to the service at a URL, and returns the status; 0 without an answer."""


def send(url: str, **body: object) -> int:
    """Post a body and return the status of the answer, 0 if there was none in `PATIENCE_S`."""
    try:
        return httpx.post(url, timeout=PATIENCE_S, **body).status_code  # type: ignore[arg-type]
    except httpx.TransportError:
        return 0


def post(path: str, body: Mapping[str, object]) -> Attack:
    """Return the attack of one JSON body."""
    content = json.dumps(body)
    headers = {"content-type": "application/json"}

    return lambda url: send(url + path, content=content, headers=headers)


def rewritten() -> dict[str, object]:
    """Seven long stretches of one script, each rewritten as one letter, by 31 systems."""
    letters = iter(map(chr, range(0x4E00, 0x9000)))
    source = output = ""
    for _ in range(7):
        source += "".join(next(letters) for _ in range(400))
        output += next(letters)
        anchor = "".join(next(letters) for _ in range(3))
        source, output = source + anchor, output + anchor
    return {"source": source, "outputs": {f"s{i}": output + next(letters) for i in range(31)}}


def respaced() -> dict[str, object]:
    """Words that are cut elsewhere, 4,095 to a text, by 31 systems."""
    source = " ".join(["ab cd ef"] * 1365)
    outputs = {f"s{i}": " ".join(["abc d gh"] * 1365) + f" {i}" for i in range(31)}
    return {"source": source, "outputs": outputs}


def whole_texts() -> dict[str, object]:
    """Thirty-two random texts, which are all compared with each other."""
    draw = random.Random(SEED)
    texts = ["".join(draw.choices("abcdefgh ", k=30_000)) for _ in range(32)]
    outputs = {f"s{i}": text for i, text in enumerate(texts)}
    return {"source": "a", "outputs": outputs, "kind": "texts", "combiner": "mbr"}


def gold_edits() -> dict[str, object]:
    """Sentences of seven words over and over, changed in places by 16 annotators."""
    lines = []
    for _ in range(4):
        words = [f"w{i % 7}" for i in range(100)]
        lines.append("S " + " ".join(words))
        for annotator in range(16):
            for start in range(annotator % 3, 87, 13):
                changed = " ".join(f"w{(start + annotator + k) % 7}" for k in range(10))
                edit = f"A {start} {start + 10}|||X|||{changed}|||REQUIRED|||-NONE-|||{annotator}"
                lines.append(edit)
        lines.append("")
    return {"m2": "\n".join(lines), "metrics": ["maxmatch"]}


def configured() -> dict[str, object]:
    """A job with as many metrics as its configuration has room for."""
    config = {
        "version": 1,
        "name": "n",
        "texts": {"form": "files", "path": ".", "outputs": "{system}.txt", "source": "s.txt"},
        "judgements": {"form": "labels", "dimensions": {"d": {"a": 1}}},
        "metrics": ["chrf-source"] * 4500,
    }
    return {"kind": "benchmark", "config": config, "files": {"s.txt": "a", "a.txt": "b"}}


def repeated(url: str) -> int:
    """Check a text of one sentence with a mistake in every third word."""
    form = {"text": "and they recieve " * 1900, "language": "en-US"}
    return send(url + "/v2/check", data=form)


def faulty_scores() -> dict[str, object]:
    """Scores of eight metrics for 32 systems, all of them texts instead of numbers."""
    scores = {f"s{i}": ["x"] * 800 for i in range(32)}
    return {"judgements": {"s0": [1]}, "scores": {f"m{i}": scores for i in range(8)}}


ATTACKS: Mapping[str, Attack] = {
    "rewritten stretches, 11 KB": post("/v1/combine", rewritten()),
    "respaced words, 400 KB": post("/v1/combine", respaced()),
    "32 texts by mbr, 960 KB": post("/v1/combine", whole_texts()),
    "validation by MaxMatch, 16 KB": post("/v1/validations", gold_edits()),
    "job with 4,500 metrics, 63 KB": post("/v1/jobs", configured()),
    "check of one long sentence": repeated,
    "evaluation with 200,000 faults, 840 KB": post("/v1/evaluations", faulty_scores()),
}
