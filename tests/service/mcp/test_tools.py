"""The tools of the MCP server, called by the SDK's client from another process."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import jsonschema
import pytest

from service.core.limits import CHECKED_UNITS, LONGEST_TEXT
from tests.service.mcp.connection import ROSTER, Connected, connected, parameters
from tests.waiting import wait_until

SOURCE = "I has a apple but teh dog ."
OUTPUTS = {"a": "I have an apple but the dog .", "b": "I have a apple.", "c": "I has an apple ."}
TOOLS = ("combine", "check", "explain", "score")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    """A server with a roster of small systems, named by a settings file."""
    folder = tmp_path_factory.mktemp("mcp")
    (folder / "roster.yaml").write_text(ROSTER)
    (folder / "service.yaml").write_text("version: 1\nroster: roster.yaml\n")
    yield from connected(parameters("--config", str(folder / "service.yaml")), folder)


@pytest.fixture(scope="module")
def tools(server: Connected) -> dict[str, Any]:
    """The tools by name."""
    return {tool.name: tool for tool in server.run(server.client.list_tools()).tools}


def test_the_four_tools_are_offered_and_change_nothing(tools: dict[str, Any]) -> None:
    assert tuple(tools) == TOOLS
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert all("articles, spelling, both" in tools[name].description for name in TOOLS[:3])
    assert "- chrf: chrF" in tools["score"].description


@pytest.mark.parametrize("name", TOOLS)
def test_schemas_are_for_models(tools: dict[str, Any], name: str) -> None:
    for schema in (tools[name].input_schema, tools[name].output_schema):
        jsonschema.Draft202012Validator.check_schema(schema)
        # Interfaces of models refuse other schemas than those of an object.
        assert schema["type"] == "object"
        assert not {"anyOf", "oneOf", "allOf", "$ref"} & schema.keys()
    properties = tools[name].input_schema["properties"]
    assert all(field["description"] for field in properties.values())
    assert '"title"' not in json.dumps(tools[name].input_schema)
    assert "null" not in json.dumps([f.get("default", "") for f in properties.values()])


def test_given_outputs_are_combined_with_evidence(server: Connected) -> None:
    result = server.call("combine", source=SOURCE, outputs=OUTPUTS)
    answer = result.structured_content
    assert not result.is_error
    assert answer["text"] == "I have an apple ."
    assert (answer["kind"], answer["combiner"], answer["degraded"]) == ("edits", "vote", False)
    have = next(c for c in answer["candidates"] if c["replacement"] == "have")
    assert SOURCE[have["offset"] :][: have["length"]] == have["original"] == "has"
    assert (have["voters"], have["accepted"]) == (["a", "b"], True)
    assert result.content[0].text.splitlines()[0] == answer["text"]
    assert '- taken: "has" changed to "have", proposed by 2 of 3 systems (a, b)' in (
        result.content[0].text
    )


def test_systems_of_the_roster_are_asked(server: Connected) -> None:
    answer = server.call("combine", source=SOURCE, systems=["articles", "both"]).structured_content
    assert answer["text"] == "I have an apple , but teh dog ."
    assert answer["systems"]["both"]["text"] == "I have an apple, but the dog ."
    result = server.call("combine", source=SOURCE)
    assert result.structured_content["degraded"]
    absent = result.structured_content["systems"]["absent"]
    assert absent["status"] == "failed"
    assert absent["reason"] in result.content[0].text


@pytest.mark.parametrize(
    ("kind", "outputs", "combiner", "text"),
    [
        ("labels", {"a": "spam", "b": "ham", "c": "spam"}, None, "spam"),
        ("labels", {"a": {"x": 0.9, "y": 0.1}, "b": {"y": 0.6, "x": 0.4}}, "soft-vote", "x"),
        ("labels", {"a": None, "b": None}, None, None),
        ("texts", {"a": "It starts at nine.", "b": "It starts at 9.", "c": "No."}, "mbr", None),
    ],
)
def test_kinds_and_combiners(
    server: Connected, kind: str, outputs: object, combiner: str | None, text: str | None
) -> None:
    chosen = {} if combiner is None else {"combiner": combiner}
    result = server.call("combine", source="A text.", outputs=outputs, kind=kind, **chosen)
    answer = result.structured_content
    assert answer["kind"] == kind
    if kind == "texts":
        assert answer["text"] in ("It starts at nine.", "It starts at 9.")
    else:
        assert answer["text"] == text


def test_explanations_name_the_reasons(server: Connected) -> None:
    result = server.call("explain", source=SOURCE, outputs=OUTPUTS)
    answer = result.structured_content
    assert answer["text"] == "I have an apple ."
    reasons = {e["replacement"]: e["explanation"] for e in answer["explanations"]}
    assert reasons["have"] == (
        '"has" changed to "have". Taken: proposed by 2 of 3 systems (a, b), support 67%.'
    )
    assert reasons["the"] == (
        '"teh" changed to "the". Not taken: proposed by 1 of 3 systems (a), support 33%; '
        "the others leave these words as they are, or change them differently."
    )
    assert reasons[""].startswith('"but teh dog" removed. Taken: ')
    assert answer["summary"].startswith("The combiner vote took ")
    assert all(explanation in result.content[0].text for explanation in reasons.values())


def test_a_system_without_an_output_is_explained_too(server: Connected) -> None:
    answer = server.call("explain", source=SOURCE, outputs={**OUTPUTS, "d": None})
    assert "d has no output (missing): no output was given." in answer.structured_content["summary"]


def test_a_text_is_checked_sentence_by_sentence(server: Connected) -> None:
    text = "I has a apple.\n\nTeh dog saw teh 🙂 cat, but recieve it. Fine."
    result = server.call("check", text=text)
    answer = result.structured_content
    assert answer["text"] == "I have an apple.\n\nTeh dog saw the 🙂 cat, but receive it. Fine."
    for correction in answer["corrections"]:
        start = correction["offset"]
        assert text[start : start + correction["length"]] == correction["original"]
        assert correction["original"] in correction["sentence"]
        assert correction["systems"]
    assert answer["degraded"]
    assert answer["gaps"] == ["absent did not answer for every sentence"]
    assert result.content[0].text.startswith(answer["text"])


def test_outputs_are_scored(server: Connected) -> None:
    texts = {"texts": ["He go home.", "Yes."], "references": ["He goes home.", "Yes."]}
    answer = server.call("score", metric="chrf", **texts).structured_content
    assert answer["segments"][1] == pytest.approx(100)
    assert answer["low"] <= answer["score"] <= answer["high"]
    assert answer["signature"].startswith("chrf|n:2|")
    sources = {"texts": ["He goes home."], "sources": ["He goes home."]}
    result = server.call("score", metric="chrf-source", **sources)
    assert "low" not in result.structured_content
    assert result.content[0].text == "chrf-source: 100.00, 1 text; higher is better."


MANY = dict.fromkeys(map(str, range(40)))
LONG = "word " * (LONGEST_TEXT // 5 + 1)
LETTERS = "a" * 60_000
WRONG = [
    ("combine", {}, "missing-field", "/source"),
    ("combine", {"source": " "}, "text-empty", "/source"),
    ("combine", {"source": 1}, "invalid-type", "/source"),
    ("combine", {"source": "a", "outptus": {}}, "unknown-field", "/outptus"),
    ("combine", {"source": "a", "outputs": {"a": "b"}}, "too-few-systems", "/outputs"),
    ("combine", {"source": "a", "outputs": "b"}, "invalid-type", "/outputs"),
    ("combine", {"source": LONG, "outputs": OUTPUTS}, "text-too-long", "/source"),
    ("combine", {"source": "a " * 5000, "outputs": OUTPUTS}, "text-too-long", "/source"),
    ("combine", {"source": "a", "outputs": {"a": LONG, "b": ""}}, "text-too-long", "/outputs/a"),
    ("combine", {"source": "a", "systems": ["both", "x"]}, "unknown-system", "/systems/1"),
    ("combine", {"source": "a", "systems": ["both", "both"]}, "duplicate-value", "/systems"),
    ("combine", {"source": "a", "outputs": OUTPUTS, "kind": "x"}, "invalid-value", "/kind"),
    ("combine", {"source": "a", "combiner": "zork"}, "unknown-combiner", "/combiner"),
    ("combine", {"source": "a", "combiner": "fuse:window=x"}, "invalid-value", "/combiner"),
    ("combine", {"source": "a", "combiner": "mbr", "kind": "labels"}, "unsupported-kind", "/kind"),
    (
        "combine",
        {"source": "a", "outputs": {"both": "b"}, "systems": ["both"]},
        "duplicate-value",
        "",
    ),
    ("combine", {"source": "a", "outputs": MANY}, "too-many-systems", "/outputs"),
    ("explain", {"source": "a", "combiner": "zork"}, "unknown-combiner", "/combiner"),
    ("explain", {"outputs": OUTPUTS}, "missing-field", "/source"),
    ("check", {}, "missing-field", "/text"),
    ("check", {"text": "\n"}, "text-empty", "/text"),
    ("check", {"text": "a\x00b"}, "invalid-characters", "/text"),
    ("check", {"text": "🙂" * (CHECKED_UNITS // 2 + 1)}, "text-too-long", "/text"),
    ("check", {"text": "a", "language": "en"}, "unknown-field", "/language"),
    ("score", {"metric": "comet", "texts": ["a"]}, "invalid-value", "/metric"),
    ("score", {"metric": "chrf:x=1", "texts": ["a"]}, "invalid-metric", "/metric"),
    ("score", {"metric": "chrf", "texts": ["a"]}, "not-computable", "/metric"),
    ("score", {"metric": "chrf", "texts": []}, "too-few", "/texts"),
    ("score", {"metric": "bleu", "texts": ["a"], "references": []}, "too-few", "/references"),
    ("score", {"metric": "bleu", "texts": ["a"], "sources": ["a"] * 2}, "segment-mismatch", ""),
    ("score", {"metric": "chrf-source", "texts": [LETTERS] * 9}, "text-too-long", ""),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "code", "pointer"), WRONG)
def test_a_wrong_input_is_an_error_of_the_tool(
    server: Connected, tool: str, arguments: dict[str, object], code: str, pointer: str
) -> None:
    result = server.call(tool, **arguments)
    assert result.is_error
    document = result.structured_content
    assert document["type"] == f"/problems/{code}"
    assert (document["errors"][0]["code"], document["errors"][0]["pointer"]) == (code, pointer)
    text = result.content[0].text
    assert text.startswith(f"Error {code}: ")
    assert "Traceback" not in text
    assert len(text) < 1000


def test_a_megabyte_is_refused_too(server: Connected) -> None:
    result = server.call("check", text="teh " * (1 << 18))
    assert result.structured_content["type"] == "/problems/text-too-long"


def test_an_unknown_tool_is_an_error_of_the_protocol(server: Connected) -> None:
    from mcp import MCPError

    with pytest.raises(MCPError, match="the tool 'zork' is unknown; available: combine, check"):
        server.call("zork")


def test_the_log_names_tools_but_no_text(server: Connected) -> None:
    server.call("combine", source="Xylophones is secret .", outputs=OUTPUTS)
    for beginning in (
        "tool combine: ok in ",
        "4 of 5 systems ready: ",
        "the system absent failed to start: ",  # on a busy machine after all else
    ):
        wait_until(partial(is_logged, server, beginning))
    assert "Xylophones" not in server.log.read_text()


def is_logged(server: Connected, beginning: str) -> bool:
    lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    return any(json.loads(line)["event"].startswith(beginning) for line in lines)
