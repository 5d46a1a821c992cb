"""A mix of requests to a service: mostly short combinations, and some of everything else."""

import random
from collections.abc import Iterator
from typing import NamedTuple, TypedDict

from benchmarks.load import TOKENS, WORDS, changed, sentence

LONG = 5000
"""Characters of a long text, which is combined in another process."""

WEIGHTS = {"short": 82, "long": 4, "batch": 4, "check": 5, "feedback": 4, "evaluation": 1}
"""How often each kind of request comes, in percent."""


class Segment(TypedDict):
    """A text with the outputs of three systems."""

    source: str
    outputs: dict[str, str]


class Request(NamedTuple):
    """A POST request: its body is JSON, or a form."""

    kind: str
    path: str
    json: object = None
    data: dict[str, str] | None = None


def requests(rng: random.Random) -> Iterator[Request]:
    """Yield requests of all kinds without end."""
    while True:
        (kind,) = rng.choices([*WEIGHTS], [*WEIGHTS.values()])
        match kind:
            case "short":
                yield Request(kind, "/v1/combine", {**_segment(rng, TOKENS), "systems": ["quick"]})
            case "long":
                yield Request(kind, "/v1/combine", _segment(rng, LONG // 6))
            case "batch":
                yield Request(kind, "/v1/combine/batch", [_segment(rng, TOKENS) for _ in range(10)])
            case "check":
                text = " ".join(sentence(_words(rng, TOKENS)) for _ in range(5))
                yield Request(kind, "/v2/check", data={"language": "en-US", "text": text})
            case "feedback":
                yield Request(kind, "/v1/feedback", _verdict(rng))
            case "evaluation":
                yield Request(kind, "/v1/evaluations", _ratings(rng))


def job(rng: random.Random) -> Request:
    """Return a job: 50 sentences of three systems to combine."""
    segments = [_segment(rng, TOKENS) for _ in range(50)]
    files = {"source.txt": "\n".join(segment["source"] for segment in segments)}
    for name in ("a", "b", "c"):
        files[f"{name}.txt"] = "\n".join(segment["outputs"][name] for segment in segments)
    return Request("job", "/v1/jobs", {"kind": "combine", "files": files, "combiner": "vote"})


def _words(rng: random.Random, number: int) -> list[str]:
    return rng.choices(WORDS, k=number)


def _segment(rng: random.Random, number: int) -> Segment:
    words = _words(rng, number)
    outputs = {name: sentence(changed(words, rng)) for name in ("a", "b", "c")}
    return {"source": sentence(words), "outputs": outputs}


def _verdict(rng: random.Random) -> dict[str, object]:
    words = _words(rng, TOKENS)
    start = rng.randrange(TOKENS)
    edit = {
        "start": start,
        "end": start + 1,
        "replacement": rng.choice(WORDS),
        "type": "R:OTHER",
        "voters": rng.sample(["a", "b", "quick"], 2),
        "accepted": rng.random() < 0.5,
    }
    return {"source": " ".join(words), "edits": [edit]}


def _ratings(rng: random.Random) -> dict[str, object]:
    judgements = {name: [rng.randint(1, 5) for _ in range(20)] for name in ("a", "b", "c")}
    scores = {
        metric: {name: [rng.random() for _ in row] for name, row in judgements.items()}
        for metric in ("good", "poor")
    }
    return {"judgements": judgements, "scores": scores}
