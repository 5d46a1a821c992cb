"""Requests of clients of LanguageTool, byte by byte, and what each needs to find in the answer.

The clients are programs that do not run here. Each request is what the named source file sends,
and each reader takes the fields that the same client takes, so that a missing one fails the test.
"""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from service.api.app import create_app
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from tests.contract.conftest import running

ROSTER = """
version: 1
systems:
  - {name: one, callable: "tests.contract.correctors:everything"}
  - {name: other, callable: "tests.contract.correctors:everything"}
"""
TEXT = "I has a apple \N{RED APPLE}, it is late but we recieve guests."
CORRECTED = "I have an apple \N{RED APPLE}, it is late, but we receive guests."
SPELLING = "MORFOLOGIK_RULE_EN_US"
JS = "!~*'()"
"""The characters that encodeURIComponent leaves alone, beside letters, digits and `-_.`."""

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """A match as a client has it: what it would replace, by what, and whether it is spelling."""

    offset: int
    length: int
    replacements: list[str]
    is_spelling: bool


@dataclass(frozen=True)
class Client:
    """A client: the head of its request after the first line, its body, and its reader."""

    headers: tuple[str, ...]
    form: Callable[[str, Fields], str]
    read: Callable[[bytes], list[Found]]
    in_query: bool = False


def ltex(text: str, more: Fields) -> str:
    """ltex-ls-plus: languagetool/LanguageToolHttpInterface.kt, `createRequestBody`."""
    data = json.dumps({"annotation": [{"text": text}]}, ensure_ascii=False, separators=(",", ":"))
    return urlencode({"data": data, "language": "en-US", "level": "picky", **more})


def read_by_ltex(body: bytes) -> list[Found]:
    """ltex-ls-plus: languagetool/LanguageToolRuleMatch.kt, `fromLanguageTool`."""
    found = []
    for match in json.loads(body)["matches"]:
        rule = match["rule"]["id"]
        assert isinstance(match["sentence"], str)
        assert isinstance(match["message"], str)
        unknown_word = rule.startswith(("MORFOLOGIK_", "HUNSPELL_")) or rule.endswith(
            ("_SPELLER_RULE", "_SPELLING_RULE")
        )
        values = [replacement["value"] for replacement in match["replacements"]]
        found.append(Found(match["offset"], match["length"], values, unknown_word))
    return found


def texstudio(text: str, more: Fields) -> str:
    """TeXstudio: src/grammarcheck.cpp, `GrammarCheckLanguageToolJSON::check`."""
    return f"language=en-US&text={quote(text, safe='')}\n"


def read_by_texstudio(body: bytes) -> list[Found]:
    """TeXstudio: src/grammarcheck.cpp, `GrammarCheckLanguageToolJSON::finished`."""
    found = []
    for match in json.loads(body)["matches"]:
        assert isinstance(match["context"]["text"], str)
        assert isinstance(match["context"]["offset"], int)
        assert match["shortMessage"]
        assert match["message"]
        values = [replacement["value"] for replacement in match["replacements"]]
        if values == [""]:
            values = []
        spelling = match["rule"]["id"] == SPELLING
        found.append(Found(match["offset"], match["length"], values, spelling))
    return found


def ltrs(text: str, more: Fields) -> str:
    """languagetool-rust: src/api/server.rs, `check`, with src/api/check/requests.rs."""
    return urlencode({"text": text, "language": "en-US", **more})


class _Ltrs(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=to_camel)


class _LtrsContext(_Ltrs):
    length: int
    offset: int
    text: str


class _LtrsNamed(_Ltrs):
    id: str
    name: str


class _LtrsRule(_Ltrs):
    category: _LtrsNamed
    description: str
    id: str
    issue_type: str


class _LtrsReplacement(_Ltrs):
    value: str


class _LtrsType(_Ltrs):
    type_name: str


class _LtrsMatch(_Ltrs):
    context: _LtrsContext
    context_for_sure_match: int
    ignore_for_incomplete_sentence: bool
    length: int
    message: str
    offset: int
    replacements: list[_LtrsReplacement]
    rule: _LtrsRule
    sentence: str
    short_message: str
    type: _LtrsType


class _LtrsDetected(_Ltrs):
    code: str
    name: str
    confidence: float | None = None


class _LtrsLanguage(_Ltrs):
    code: str
    name: str
    detected_language: _LtrsDetected


class _LtrsSoftware(_Ltrs):
    api_version: int
    build_date: str
    name: str
    premium: bool
    status: str
    version: str


class _LtrsWarnings(_Ltrs):
    incomplete_results: bool


class _LtrsResponse(_Ltrs):
    """languagetool-rust: src/api/check/responses.rs, with the feature `unstable`."""

    language: _LtrsLanguage
    matches: list[_LtrsMatch]
    sentence_ranges: list[list[int]] | None
    software: _LtrsSoftware
    warnings: _LtrsWarnings | None


def read_by_ltrs(body: bytes) -> list[Found]:
    """languagetool-rust: src/api/check/responses.rs."""
    return [
        Found(
            match.offset,
            match.length,
            [replacement.value for replacement in match.replacements],
            match.rule.id == SPELLING,
        )
        for match in _LtrsResponse.model_validate_json(body).matches
    ]


def addon(text: str, more: Fields) -> str:
    """languagetool-browser-addon: webextension/popup.js, `getCheckResult`."""
    form = "disabledRules=WHITESPACE_RULE&useragent=webextension-firefox"
    form += f"&text={quote(text, safe=JS)}&language=auto"
    return f"{form}&preferredVariants=en-US,de-DE,pt-PT,ca-ES"


def read_by_the_addon(body: bytes) -> list[Found]:
    """languagetool-browser-addon: webextension/popup.js, `renderMatchesToHtml`."""
    answer = json.loads(body)
    assert answer["language"]["code"] == "en-US"
    assert answer["language"]["name"]
    found = []
    for match in answer["matches"]:
        rule = match["rule"]
        assert rule["description"]
        assert rule["issueType"]
        assert match["message"]
        start = match["context"]["offset"]
        shown = match["context"]["text"].encode("utf-16-le")
        assert shown[2 * start : 2 * (start + match["length"])]
        spelling = any(part in rule["id"] for part in ("SPELLER_RULE", "MORFOLOGIK_RULE"))
        values = [replacement["value"] for replacement in match["replacements"]]
        found.append(Found(match["offset"], match["length"], values, spelling))
    return found


def obsidian(text: str, more: Fields) -> str:
    """obsidian-languagetool-plugin: src/api.ts, `getDetectionResult`."""
    data = {"annotation": [{"text": text, "offset": {"start": 0, "end": len(text)}}]}
    fields = {
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
        **{"language": "auto", "enabledOnly": "false", "level": "default"},
        **{"preferredVariants": "en-US,de-DE,pt-PT", "motherTongue": "de", **more},
    }
    return "&".join(f"{key}={quote(value, safe=JS)}" for key, value in fields.items())


def read_by_obsidian(body: bytes) -> list[Found]:
    """obsidian-languagetool-plugin: src/cm6/tooltipField.ts, `contructTooltip`."""
    found = []
    for match in json.loads(body)["matches"]:
        assert match["message"]
        assert isinstance(match["shortMessage"], str)
        assert match["rule"]["id"]
        buttons = [r["value"] for r in match["replacements"][:3] if r["value"].strip()]
        spelling = match["rule"]["category"]["id"] == "TYPOS"
        found.append(Found(match["offset"], match["length"], buttons, spelling))
    return found


def linter(text: str, more: Fields) -> str:
    """vscode-languagetool-linter: src/services/AbstractService.ts, `invokeLanguageTool`."""
    data = {"annotation": [{"text": text, "offset": {"start": 0, "end": len(text)}}]}
    encoded = quote(json.dumps(data, ensure_ascii=False), safe=JS)
    return f"language=en-US&motherTongue=&level=default&data={encoded}"


FORM = "application/x-www-form-urlencoded"
CLIENTS = {
    "ltex": Client(
        (
            "Connection: Upgrade, HTTP2-Settings",
            "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
            *("Upgrade: h2c", "User-Agent: Java-http-client/21.0.5"),
            "Content-Type: application/json",
        ),
        ltex,
        read_by_ltex,
    ),
    "texstudio": Client(
        (
            *("Content-Type: text/json", "Connection: Keep-Alive", "User-Agent: Mozilla/5.0"),
            *("Accept-Encoding: gzip, deflate", "Accept-Language: en-US,*"),
        ),
        texstudio,
        read_by_texstudio,
    ),
    "languagetool-rust": Client(("accept: */*",), ltrs, read_by_ltrs, in_query=True),
    "firefox-addon": Client(
        (
            *("User-Agent: Mozilla/5.0 Firefox/128.0", "Accept: */*"),
            *("Accept-Encoding: gzip, deflate", "Content-Type: text/plain;charset=UTF-8"),
            "Origin: moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
        ),
        addon,
        read_by_the_addon,
    ),
    "obsidian": Client(
        (f"Content-Type: {FORM}", "Accept: application/json", "Origin: app://obsidian.md"),
        obsidian,
        read_by_obsidian,
    ),
    "vscode-linter": Client(
        (f"Content-Type: {FORM};charset=UTF-8", "Accepts: application/json", "Accept: */*"),
        linter,
        read_by_ltex,
    ),
}


def served(folder: Path, **settings: Any) -> Settings:
    (folder / "roster.yaml").write_text(ROSTER)
    return Settings(roster=folder / "roster.yaml", state=folder, **settings)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    origins = ["moz-extension://*", "app://obsidian.md"]
    settings = served(tmp_path_factory.mktemp("service"), cors_origins=origins)
    with running(create_app(settings)) as url:
        yield url


def send(url: str, client: Client, text: str, **more: str) -> tuple[int, dict[str, str], bytes]:
    """Send a request in two packets, as clients do; return status, headers and body."""
    form = client.form(text, more)
    path, body = (f"/v2/check?{form}", b"") if client.in_query else ("/v2/check", form.encode())
    host = urlsplit(url)
    head = [f"POST {path} HTTP/1.1", f"Host: {host.netloc}", f"Content-Length: {len(body)}"]
    with socket.create_connection((host.hostname, host.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall("\r\n".join([*head, *client.headers, "", ""]).encode())
        connection.sendall(body)
        return _received(connection)


def _received(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        lines = iter(lambda: stream.readline().decode().strip(), "")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        return status, headers, stream.read(int(headers["content-length"]))


def made(text: str, found: list[Found]) -> str:
    """Make all matches, counting as JavaScript and Java do."""
    units = text.encode("utf-16-le")
    for match in reversed(found):
        start, end = 2 * match.offset, 2 * (match.offset + match.length)
        units = units[:start] + match.replacements[0].encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_reads_the_answer_and_has_the_combined_text(url: str, name: str) -> None:
    client = CLIENTS[name]
    status, _, body = send(url, client, TEXT)
    assert status == 200, body
    found = client.read(body)
    assert made(TEXT, found) == CORRECTED
    assert [match.is_spelling for match in found] == [False, False, False, True]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_can_delete_a_word(url: str, name: str) -> None:
    client = CLIENTS[name]
    _, _, body = send(url, client, "We went to to the zoo.")
    (match,) = client.read(body)
    assert match.replacements == ["to"]
    assert made("We went to to the zoo.", [match]) == "We went to the zoo."


@pytest.mark.parametrize("name", ["ltex", "languagetool-rust", "obsidian"])
def test_a_client_sends_its_key(tmp_path: Path, name: str) -> None:
    settings = served(tmp_path, require_keys=True)
    database = Database(settings.database_url)
    database.migrate()
    _, key = keys.create(database, "editor", ["combine"], None)
    database.close()
    client = CLIENTS[name]
    with running(create_app(settings)) as url:
        while (status := send(url, client, TEXT, username="me", apiKey=key)[0]) == 503:
            pass  # the keys are read as the service starts
        assert status == 200
        assert send(url, client, TEXT, username="me", apiKey=key[:-1])[0] == 401
        assert send(url, client, TEXT)[0] == 401


@pytest.mark.parametrize("name", ["ltex", "languagetool-rust", "obsidian"])
def test_a_client_disables_spelling_by_the_id_it_was_told(url: str, name: str) -> None:
    client = CLIENTS[name]
    _, _, body = send(url, client, TEXT, disabledRules=f"{SPELLING},OTHER_RULE")
    assert [match.is_spelling for match in client.read(body)] == [False, False, False]


@pytest.mark.parametrize("name", ["firefox-addon", "obsidian"])
def test_a_page_may_read_the_answer(url: str, name: str) -> None:
    client = CLIENTS[name]
    (origin,) = [line for line in client.headers if line.startswith("Origin: ")]
    _, headers, _ = send(url, client, TEXT)
    assert headers["access-control-allow-origin"] == origin.removeprefix("Origin: ")
    assert "access-control-allow-credentials" not in headers


def test_a_word_of_latex_is_marked_alone(url: str) -> None:
    """LTeX sends commands as markup; a dictionary has the words that matches cover."""
    annotation = [
        {"markup": "\\emph{"},
        {"text": "We recieve"},
        {"markup": "}"},
        {"text": " guests"},
        {"markup": "\\\\\n", "interpretAs": "\n"},
        {"text": "recieve them."},
    ]
    form = urlencode({"language": "en-US", "data": json.dumps({"annotation": annotation})})
    client = Client(CLIENTS["ltex"].headers, lambda *_: form, read_by_ltex)
    found = read_by_ltex(send(url, client, "")[2])
    text = "".join(part.get("markup", part.get("text", "")) for part in annotation)
    assert [text[m.offset : m.offset + m.length] for m in found] == ["recieve", "recieve"]
    assert all(match.is_spelling for match in found)


def test_what_ltrs_asks_beside(url: str) -> None:
    """languagetool-rust: src/api/languages.rs, and `ping` in src/api/server.rs."""
    host = urlsplit(url)
    for path, status in (("/v2/languages", 200), ("/v2", 404)):
        with socket.create_connection((host.hostname, host.port)) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host.netloc}\r\n\r\n".encode())
            got, _, body = _received(connection)
        assert got == status
        if status == 200:
            assert all(
                {type(language[key]) for key in ("name", "code", "longCode")} == {str}
                for language in json.loads(body)
            )
