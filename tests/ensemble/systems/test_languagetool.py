"""A LanguageTool server as a system: what is sent, how matches are applied, what is refused."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from ensemble.systems import Answer, ask
from ensemble.systems.base import SystemFailure
from ensemble.systems.languagetool import (
    LanguageToolConfig,
    Match,
    Replacement,
    corrected,
    read_matches,
)

TEXTS = st.text(st.sampled_from("ab \u0301\u82f9\N{RED APPLE}\U0001d49e\n"), max_size=12)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def match(offset: int, length: int, *values: str) -> Match:
    replacements = tuple(Replacement(value=value) for value in values)
    return Match(offset=offset, length=length, replacements=replacements)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Match], str]:
    """A source, matches in it that do not overlap, and the source with each replaced."""
    parts = draw(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=4))
    source = result = ""
    matches = []
    for kept, old, new in parts:
        source, result = source + kept, result + kept
        if old:
            matches.append(match(units(source), units(old), new, "another"))
            source, result = source + old, result + new
    return source, matches, result


@given(edited(), st.randoms())
def test_all_matches_are_applied_in_any_order(
    case: tuple[str, list[Match], str], random: Any
) -> None:
    source, matches, result = case
    random.shuffle(matches)
    assert corrected(source, matches) == result


@given(TEXTS, st.lists(st.tuples(st.integers(0, 14), st.integers(0, 5), TEXTS), max_size=5))
@example("\N{RED APPLE}", [(1, 1, "a")])
@example("ab", [(2, 0, "a"), (0, 3, "b")])
def test_any_match_is_applied_or_refused(source: str, spans: list[tuple[int, int, str]]) -> None:
    """As a client that replaces code units in order and skips what overlaps what it replaced."""
    sent = source.encode("utf-16-le")
    pieces, reached, fits = b"", 0, True
    for offset, length, value in sorted(spans, key=lambda span: span[0]):
        edges = offset, offset + length
        fits = fits and all(_between_characters(sent, edge) for edge in edges)
        if offset >= reached:
            pieces += sent[2 * reached : 2 * offset] + value.encode("utf-16-le")
            reached = offset + length
    matches = [match(offset, length, value) for offset, length, value in spans]
    if fits:
        assert corrected(source, matches) == (pieces + sent[2 * reached :]).decode("utf-16-le")
    else:
        with pytest.raises(SystemFailure, match=r"beyond the \d+ units|within a character"):
            corrected(source, matches)


def _between_characters(sent: bytes, edge: int) -> bool:
    if 2 * edge > len(sent):
        return False
    return not 0xDC00 <= int.from_bytes(sent[2 * edge : 2 * edge + 2], "little") <= 0xDFFF


def test_the_first_of_overlapping_matches_is_applied() -> None:
    assert corrected("I has a apple", [match(2, 3, "have"), match(2, 5, "had an")]) == (
        "I have a apple"
    )
    assert corrected("abc", [match(1, 2, "x"), match(0, 2, "y")]) == "yc"
    assert corrected("abc", [match(0, 1, "x"), match(1, 1, "y")]) == "xyc"


def test_matches_without_replacements_are_skipped() -> None:
    found = read_matches(
        b'{"matches": [{"offset": 0, "length": 2, "replacements": []},'
        b'{"offset": 0, "length": 1}, {"offset": 0, "length": 1,'
        b'"replacements": [{"value": "b"}]}]}'
    )
    assert corrected("a  a", found) == "b  a"


def test_white_space_and_nothing_are_replacements() -> None:
    assert corrected("a  b c", [match(1, 2, " "), match(4, 2, "")]) == "a b"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "a body that is not JSON"),
        (b"[" * 200_000, "a body that is not JSON"),
        (b"[]", "JSON that is not LanguageTool's: "),
        (b"{}", "JSON that is not LanguageTool's: matches: Field required"),
        (b'{"matches": null}', "JSON that is not LanguageTool's: matches: "),
        (b'{"matches": [{"offset": 0}]}', "LanguageTool's: matches.0.length: Field required"),
        (b'{"matches": [{"offset": "0", "length": 1}]}', "matches.0.offset: "),
        (b'{"matches": [{"offset": true, "length": 1}]}', "matches.0.offset: "),
        (b'{"matches": [{"offset": 0.5, "length": 1}]}', "matches.0.offset: "),
        (b'{"matches": [{"offset": -1, "length": 1}]}', "matches.0.offset: "),
        (b'{"matches": [{"offset": 0, "length": -1}]}', "matches.0.length: "),
        (
            b'{"matches": [{"offset": 0, "length": 1, "replacements": [{"value": 7}]}]}',
            "matches.0.replacements.0.value: ",
        ),
        (b'{"matches": [{"offset": 0, "length": 1, "replacements": ["a"]}]}', "replacements.0: "),
        (b'{"matches": [{"offset": 9, "length": 0}]}', "offset 9 and length 0, which is beyond"),
        (b'{"matches": [{"offset": 1, "length": 4}]}', "beyond the 4 units of the source"),
        (b'{"matches": [{"offset": 3, "length": 1}]}', "which is within a character"),
        (b'{"matches": [{"offset": 1, "length": 2}]}', "which is within a character"),
        (b'{"matches": [{"offset": 1%s, "length": 2}]}' % (b"0" * 400), "which is beyond"),
    ],
)
def test_an_answer_that_is_not_a_check_of_the_source(body: bytes, reason: str) -> None:
    with pytest.raises(SystemFailure) as refused:
        corrected("a \N{RED APPLE}", read_matches(body))
    assert reason in refused.value.reason
    assert "pydantic" not in refused.value.reason


class Handler(BaseHTTPRequestHandler):
    """Answers as its server's `answers` say, and remembers the forms it was sent."""

    server: "Server"

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
        fields = dict(parse_qsl(sent, keep_blank_values=True))
        self.server.received.append((self.path, dict(self.headers), fields))
        status, content = self.server.answers.get(fields["text"], (200, {"matches": []}))
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


class Server(ThreadingHTTPServer):
    """A stand-in for LanguageTool."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.answers: dict[str, tuple[int, Any]] = {}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def config(server: Server, path: str = "", **settings: Any) -> LanguageToolConfig:
    url = f"http://127.0.0.1:{server.server_port}{path}"
    settings = {"allow_private": True, "attempts": 1, **settings}
    return LanguageToolConfig(name="lt", languagetool=url, **settings)


def answer_of(config: LanguageToolConfig, source: str) -> Answer:
    async def scenario() -> Answer:
        system = config.system()
        await system.start()
        try:
            return (await ask([system], source, 20.0))["lt"]
        finally:
            await system.stop()

    return asyncio.run(scenario())


def test_a_check_is_a_form(server: Server) -> None:
    source = "a+b & c=d%20 \N{RED APPLE} teh\n\u82f9"
    match = {"offset": 16, "length": 3, "replacements": [{"value": "the"}, {"value": "ten"}]}
    server.answers[source] = (200, {"matches": [match], "software": {"name": "LanguageTool"}})
    assert answer_of(config(server), source).text == source.replace("teh", "the")
    path, headers, fields = server.received[0]
    assert path == "/v2/check"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert fields == {"text": source, "language": "en-US"}


def test_what_to_check(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LT_KEY", " secret\n")
    keys = {
        **{"language": "de-DE", "level": "picky", "enabled_rules": ["A", "B"]},
        **{"disabled_rules": ["C"], "username": "me@example.org", "api_key_env": "LT_KEY"},
    }
    assert answer_of(config(server, **keys), "x").text == "x"
    assert server.received[0][2] == {
        **{"text": "x", "language": "de-DE", "level": "picky", "enabledRules": "A,B"},
        **{"disabledRules": "C", "username": "me@example.org", "apiKey": "secret"},
    }


@pytest.mark.parametrize("path", ["", "/", "/v2", "/v2/", "/v2/check"])
def test_an_address_with_or_without_the_path(server: Server, path: str) -> None:
    assert answer_of(config(server, path), "x").status == "ok"
    assert answer_of(config(server, f"/behind{path}"), "x").status == "ok"
    assert [path for path, *_ in server.received] == ["/v2/check", "/behind/v2/check"]


def test_failures_say_why_and_never_the_key(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LT_KEY", "s3cret")
    wrong = config(server, api_key_env="LT_KEY")
    server.answers["a"] = (400, "Error: apiKey was set, but username was not: s3cret")
    server.answers["b"] = (500, "s3cret")
    server.answers["c"] = (200, {"matches": [{"offset": 0, "length": 1, "replacements": "s3cret"}]})
    server.answers["d"] = (200, {"matches": [{"offset": 1, "length": 1}]})
    server.answers["e"] = (
        *(200, {"matches": [{"offset": 0, "length": 1, "replacements": [{"value": "\ud800"}]}]}),
    )
    reasons = {source: answer_of(wrong, source).reason for source in "abcde"}
    assert reasons["a"] == "answered with HTTP status 400"
    assert reasons["b"] == "answered with HTTP status 500"
    assert (reasons["c"] or "").startswith("answered with JSON that is not LanguageTool's: ")
    assert reasons["d"] == (
        "answered with a match at offset 1 and length 1, which is beyond the 1 units of the source"
    )
    assert reasons["e"] == "answered with a lone surrogate"
    assert "s3cret" not in str(reasons)


def test_without_its_key_it_is_not_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LT_KEY", raising=False)
    keyed = config(server, api_key_env="LT_KEY")

    async def started() -> str | None:
        system = keyed.system()
        await system.start()
        reason = system.health.reason
        await system.stop()
        return reason

    reason = "the environment variable LT_KEY does not hold a key"
    assert asyncio.run(started()) == reason
    assert answer_of(keyed, "x").reason == reason
    assert server.received == []


def test_a_private_address_needs_permission(server: Server) -> None:
    answer = answer_of(config(server, allow_private=False), "x")
    assert "allow_private permits it" in (answer.reason or "")


@pytest.mark.parametrize(
    "keys",
    [
        *({"languagetool": "localhost:8081"}, {"languagetool": "http://a:b@localhost"}),
        *({"language": "english"}, {"language": ""}, {"level": "strict"}, {"enabled_rules": "A"}),
        *(
            {"disabled_rules": ["A,B"]},
            {"username": ""},
            {"api_key_env": "a-b"},
            {"url": "http://a"},
        ),
    ],
)
def test_an_entry_that_is_wrong(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LanguageToolConfig.model_validate({"name": "x", "languagetool": "http://a", **keys})
