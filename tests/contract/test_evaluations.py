"""`POST /v1/evaluations`, `GET /v1/metrics`: what they answer, and what they refuse."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from service.api.resources.evaluations import EXAMPLE, EvaluationAnswer
from service.core import evaluate_metrics

PATH = "/v1/evaluations"
TEXT = "the cat sat on the mat because it was warm"


def numbers(seed: int, systems: int = 4, segments: int = 12) -> dict[str, list[float]]:
    drawn = np.random.default_rng(seed).normal(size=(systems, segments)).round(4)
    return {f"s{i}": row.tolist() for i, row in enumerate(drawn)}


def plus(people: dict[str, list[float]], noise: float, seed: int) -> dict[str, list[float]]:
    other = numbers(seed, len(people), len(people["s0"]))
    return {
        name: [a + noise * b for a, b in zip(row, other[name], strict=True)]
        for name, row in people.items()
    }


PEOPLE = numbers(1)
GOOD = {"judgements": PEOPLE, "scores": {"good": plus(PEOPLE, 0.2, 2), "poor": plus(PEOPLE, 3, 3)}}
TEXTS = {
    "judgements": {"a": [3, 2, 1], "b": [1, 2, None]},
    "texts": {
        "outputs": {"a": [TEXT, TEXT[:20], "x"], "b": ["y", None, "z"]},
        "sources": [TEXT] * 3,
        "references": [[TEXT, "other"]] * 3,
    },
    "metrics": ["chrf", "bleu-source"],
}


def test_the_better_metric_is_named(client: TestClient) -> None:
    response = client.post(PATH, json=GOOD)
    assert response.status_code == 200
    answer = response.json()
    assert answer["conclusion"] == "use good: best of 2, clear of all others (p < .05 after Holm)"
    assert answer["verdict"].startswith("use good (0.9")
    segment, system = answer["comparisons"]
    assert [one["metric"] for one in segment["ranking"]] == ["good", "poor"]
    assert segment["ranking"][0]["p_better_than"]["poor"] < 0.05
    assert system["level"] == "system"
    flat = [np.concatenate(list(one.values())) for one in (PEOPLE, GOOD["scores"]["good"])]
    assert answer["rows"][0] == {
        "name": "good",
        "level": "segment",
        "statistic": "pearson, grouping none",
        "value": pytest.approx(np.corrcoef(*flat)[0, 1]),
        "low": pytest.approx(answer["rows"][0]["low"]),
        "high": pytest.approx(answer["rows"][0]["high"]),
        "n": 48,
    }


def test_metrics_and_judgements_of_which_lower_is_better_are_turned(client: TestClient) -> None:
    errors = {name: [-x for x in row] for name, row in GOOD["scores"]["good"].items()}
    body = {**GOOD, "scores": {**GOOD["scores"], "good": errors}}
    answer = client.post(PATH, json=body).json()
    assert any(note.startswith("good (-0.9") for note in answer["notes"])
    turned = client.post(PATH, json={**body, "lower_is_better": ["good"]}).json()
    assert turned["conclusion"].startswith("use good: best of 2")
    people = {name: [-x for x in row] for name, row in PEOPLE.items()}
    both = {**body, "judgements": people, "judgements_lower_is_better": True}
    both = {**both, "lower_is_better": ["good"]}
    assert client.post(PATH, json=both).json()["rows"] == turned["rows"]


def test_errors_as_scores_are_noted_without_an_interval(client: TestClient) -> None:
    people = {"a": [1, 2, 3, 4, 5, 6], "b": [2, 1, 4, 3, 6, 5]}
    noise = {"a": [1, 3, 2, 6, 4, 5], "b": [2, 3, 1, 4, 6, 5]}
    errors = {name: [-x for x in row] for name, row in people.items()}
    scores = {"err": errors, "noise": noise}
    answer = client.post(PATH, json={"judgements": people, "scores": scores}).json()
    assert any(note.startswith("err (-1.000) agrees with people the") for note in answer["notes"])
    assert answer["conclusion"].startswith("too few data to recommend a metric")


def test_only_metrics_of_the_request_are_turned(client: TestClient) -> None:
    answer = client.post(PATH, json={**GOOD, "lower_is_better": ["good", "other"]})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["code"] == "invalid-value"
    assert fault["pointer"] == "/lower_is_better/1"
    assert "there are good, poor" in fault["detail"]


@pytest.mark.parametrize("body", [GOOD, TEXTS, EXAMPLE])
def test_what_is_documented_is_what_is_sent(client: TestClient, body: object) -> None:
    answer = client.post(PATH, json=body).json()
    assert TypeAdapter(EvaluationAnswer).validate_python(answer, strict=True) == answer


def test_texts_are_scored(client: TestClient) -> None:
    answer = client.post(PATH, json=TEXTS).json()
    assert {row["name"] for row in answer["rows"]} == {"chrf", "bleu-source"}
    assert answer["rows"][0]["n"] == 4  # one is not judged, one put nothing out


ODD = ("", " ", "\u2028", "a" * 60_000, "\u0301" * 3000, "语 言", "\U0001f600")


@pytest.mark.timeout(60)  # work that grows with the square of a text would take far longer
@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_are_scored(client: TestClient, text: str) -> None:
    texts = {"outputs": {"a": [text, "x"], "b": ["y", text]}, "sources": [text, "x y"]}
    body = {"judgements": {"a": [3, 2], "b": [1, 2]}, "texts": texts}
    metrics = ["chrf-source", "chrf++-source", "bleu-source"]
    assert client.post(PATH, json={**body, "metrics": metrics}).status_code == 200


def test_the_same_question_has_the_same_answer(client: TestClient) -> None:
    assert client.post(PATH, json=GOOD).content == client.post(PATH, json=GOOD).content


@pytest.mark.parametrize("grouping", ["none", "item", "system"])
def test_groupings(client: TestClient, grouping: str) -> None:
    answer = client.post(PATH, json={**GOOD, "grouping": grouping}).json()
    assert answer["comparisons"][0]["statistic"] == f"pearson, grouping {grouping}"


UNDEFINED = {
    "people who say the same of all": {name: [1.0] * 12 for name in PEOPLE},
    "one system": {"s0": PEOPLE["s0"]},
    "one segment": {name: row[:1] for name, row in PEOPLE.items()},
    "one judgement": {"s0": [1.0]},
    "largest numbers": {name: [1e12, -1e12] * 6 for name in PEOPLE},
    "smallest numbers": {name: [5e-324, 0] * 6 for name in PEOPLE},
}


@pytest.mark.parametrize("judgements", UNDEFINED.values(), ids=UNDEFINED)
def test_what_is_undefined_is_null(client: TestClient, judgements: dict[str, list[float]]) -> None:
    scores = {"one": judgements, "two": {n: row[::-1] for n, row in judgements.items()}}
    response = client.post(PATH, json={"judgements": judgements, "scores": scores})
    assert response.status_code == 200, response.text
    assert all(set(row) >= {"name", "value"} for row in response.json()["rows"])
    if len({value for row in judgements.values() for value in row}) == 1:
        assert response.json()["conclusion"].startswith("undefined")


BAD = {
    "no judgements": ({**GOOD, "judgements": {}}, "/judgements"),
    "no segments": ({**GOOD, "judgements": {**PEOPLE, "s0": []}}, "/judgements/s0"),
    "unequal lengths": ({**GOOD, "judgements": {**PEOPLE, "s3": [1]}}, "/judgements/s3"),
    "a text for a number": (
        {**GOOD, "judgements": {**PEOPLE, "s0": ["a"] * 12}},
        "/judgements/s0/0",
    ),
    "a number in quotes": (
        {**GOOD, "judgements": {**PEOPLE, "s0": ["1"] * 12}},
        "/judgements/s0/0",
    ),
    "true for a number": (
        {**GOOD, "judgements": {**PEOPLE, "s0": [True] * 12}},
        "/judgements/s0/0",
    ),
    "a number of 400 digits": (
        {**GOOD, "judgements": {**PEOPLE, "s0": [10**400] * 12}},
        "/judgements/s0/0",
    ),
    "a number too large": (
        {**GOOD, "judgements": {**PEOPLE, "s0": [1e13] * 12}},
        "/judgements/s0/0",
    ),
    "an unknown system": (
        {**GOOD, "scores": {"m": {**PEOPLE, "stranger": [1] * 12}}},
        "/scores/m",
    ),
    "a system too few": (
        {**GOOD, "scores": {"m": {k: v for k, v in PEOPLE.items() if k != "s0"}}},
        "/scores/m",
    ),
    "scores of other segments": (
        {**GOOD, "scores": {"m": {**PEOPLE, "s1": [1.0]}}},
        "/scores/m/s1",
    ),
    "no metric": ({**GOOD, "scores": {}}, "/scores"),
    "nine metrics": ({**GOOD, "scores": dict.fromkeys("abcdefghi", PEOPLE)}, "/scores"),
    "no scores at all": (
        {**GOOD, "scores": {"m": {k: [None] * 12 for k in PEOPLE}}},
        "",
    ),
    "neither scores nor texts": ({"judgements": PEOPLE}, ""),
    "both scores and texts": ({**GOOD, "texts": TEXTS["texts"], "metrics": ["chrf"]}, ""),
    "texts without metrics": ({k: v for k, v in TEXTS.items() if k != "metrics"}, ""),
    "metrics without texts": ({**GOOD, "metrics": ["chrf"]}, ""),
    "a metric that is not offered": ({**TEXTS, "metrics": ["maxmatch"]}, "/metrics/0"),
    "a metric twice": ({**TEXTS, "metrics": ["chrf", "chrf"]}, "/metrics"),
    "an unknown option": ({**TEXTS, "metrics": ["chrf:gamma=1"]}, "/metrics/0"),
    "an option out of bounds": ({**TEXTS, "metrics": ["chrf:char_order=99"]}, "/metrics/0"),
    "one metric in two spellings": ({**TEXTS, "metrics": ["chrf", "chrf:beta=2"]}, "/metrics"),
    "a path for a metric": ({**TEXTS, "metrics": ["/etc/passwd"]}, "/metrics/0"),
    "no references for a metric that needs them": (
        {**TEXTS, "texts": {**TEXTS["texts"], "references": None}},
        "/metrics/0",
    ),
    "sources of other segments": (
        {**TEXTS, "texts": {**TEXTS["texts"], "sources": ["a"]}},
        "/texts/sources",
    ),
    "a segment without a reference": (
        {**TEXTS, "texts": {**TEXTS["texts"], "references": [[TEXT], [], [TEXT]]}},
        "/texts/references/1",
    ),
    "an unknown key": ({**GOOD, "url": "http://example.org"}, "/url"),
    "an unknown grouping": ({**GOOD, "grouping": "all"}, "/grouping"),
    "too many outputs": (
        {"judgements": {"a": [1] * 4097}, "scores": {"m": {"a": [1] * 4097}}},
        "/judgements/a",
    ),
    "too many scores": (
        {
            "judgements": {"a": [1] * 2000},
            "scores": {name: {"a": [1] * 2000} for name in "abcde"},
        },
        "/judgements",
    ),
    "too many outputs in several systems": (
        {"judgements": numbers(1, 5, 1000), "scores": {"m": numbers(2, 5, 1000)}},
        "/judgements",
    ),
    "too much text": (
        {
            "judgements": {"a": [1] * 20},
            "texts": {"outputs": {"a": ["ab " * 10_000] * 20}, "sources": ["a"] * 20},
            "metrics": ["chrf-source"],
        },
        "/texts",
    ),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("body", "pointer"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_pointed_at(client: TestClient, body: object, pointer: str) -> None:
    response = client.post(PATH, json=body)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert pointer in [fault["pointer"] for fault in response.json()["errors"]]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none(client: TestClient, number: str) -> None:
    body = json.dumps(GOOD).replace(str(PEOPLE["s0"][0]), number, 1)
    response = client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422


def test_a_name_that_is_no_text(client: TestClient) -> None:
    body = json.dumps({"judgements": {"\ud800": [1]}, "scores": {"m": {"\ud800": [1]}}})
    response = client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422


def test_a_body_of_another_kind(client: TestClient) -> None:
    response = client.post(PATH, content=b"a", headers={"content-type": "text/plain"})
    assert response.status_code == 415


def test_work_that_takes_too_long_ends_with_its_answer(
    client: TestClient, serve: Callable[..., TestClient]
) -> None:
    hurried = serve(batch_deadline_s=0.01)  # no process starts in this time
    for _ in range(4):  # each has made room for the next
        response = hurried.post(PATH, json=GOOD)
        assert response.status_code == 503
        assert response.json()["type"] == "/problems/deadline-exceeded"
        assert int(response.headers["retry-after"]) > 0
    assert client.post(PATH, json=GOOD).status_code == 200


def test_the_metrics_on_offer(client: TestClient) -> None:
    offered = {metric["name"]: metric for metric in client.get("/v1/metrics").json()}
    assert offered["chrf"]["needs"] == ["references"]
    assert {"name": "word_order", "default": 0} in offered["chrf"]["options"]
    assert offered["bleu-source"]["needs"] == ["sources"]
    assert set(offered) == set(evaluate_metrics.OFFERED)
    assert all(metric["description"] for metric in offered.values())


def test_a_metric_with_options(client: TestClient) -> None:
    metrics = ["chrf", "chrf:beta=1,word_order=2", "chrf++"]
    answer = client.post(PATH, json={**TEXTS, "metrics": metrics}).json()
    names = {row["name"] for row in answer["rows"]}
    assert {"chrf", "chrf:word_order=2,beta=1", "chrf++"} <= names


def test_limits_of_an_evaluation_are_said(client: TestClient) -> None:
    limits = client.get("/v1/limits").json()
    assert limits["evaluation_metrics"] == 8
    assert limits["evaluation_outputs"] == 4096
    assert limits["evaluation_scores"] == 8192


def test_the_document_describes_it(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]
    assert client.post(PATH, json=content["example"]).is_success
    assert "/v1/metrics" in document["paths"]


def test_what_has_no_partner_is_counted_in_the_notes(client: TestClient) -> None:
    notes = client.post(PATH, json=TEXTS).json()["notes"]
    fault = "1 of 5 judged outputs are without a score by chrf, bleu-source"
    assert f"{fault}: b on segment '2'" in notes
    assert "1 of 5 scored outputs have no judgement: b on segment '3'" in notes


def test_a_metric_that_lacks_scores_is_named_and_changes_no_other(client: TestClient) -> None:
    judgements = {"a": [1, 2, 3, 4], "b": [2, 3, 4, 5]}
    scores = {
        "x": {"a": [1, 2, 3, 9], "b": [2, 3, 4, -9]},
        "y": {"a": [1, 2, 3, None], "b": [2, 3, 4, None]},
    }
    answer = client.post(PATH, json={"judgements": judgements, "scores": scores}).json()
    notes = answer["notes"]
    fault = "2 of 8 judged outputs are without a score by y"
    assert f"{fault}: a on segment '4', b on segment '4'" in notes
    assert "metrics are ranked and tested on the 6 outputs that all of them score" in notes
    assert answer["rows"][0]["value"] == pytest.approx(-0.239, abs=5e-4)
    assert [row["n"] for row in answer["rows"][:2]] == [8, 6]


@pytest.mark.parametrize("blank", ["", " \u3000", "\u200b\ufeff"])
def test_a_blank_text_is_not_a_reference(client: TestClient, blank: str) -> None:
    metrics = ["chrf", "bleu", "levenshtein", "chrf++"]
    texts = {"outputs": {"a": [TEXT, "the cat", "x"], "b": ["y", "a dog", TEXT]}}
    judgements = {"a": [3, 2, 1], "b": [1, 2, 4]}

    def answer(references: list[list[str]]) -> dict[str, object]:
        body = {
            "judgements": judgements,
            "texts": {**texts, "references": references},
            "metrics": metrics,
        }
        return client.post(PATH, json=body).json()

    plain = answer([[TEXT], ["the cat sat"], [TEXT]])
    assert answer([[TEXT, blank], [blank, "the cat sat"], [blank, TEXT, blank]]) == plain
    lacking = answer([[TEXT], [blank], [TEXT]])
    assert lacking["rows"][0]["n"] == 4
    fault = f"1 of 3 judged segments have no reference, and no score by {', '.join(metrics)}: '2'"
    assert fault in lacking["notes"]


@pytest.mark.parametrize("segments", [1, 2, 11])
def test_too_few_segments_have_no_interval_and_no_recommendation(
    client: TestClient, segments: int
) -> None:
    people = {"a": [1.0], "b": [2.0], "c": [3.0], "d": [4.0]}
    metric = {"a": [2.0], "b": [1.0], "c": [4.0], "d": [3.0]}
    body = {
        "judgements": {name: row * segments for name, row in people.items()},
        "scores": {"m": {name: row * segments for name, row in metric.items()}},
    }
    answer = client.post(PATH, json=body).json()
    assert not [row for row in answer["rows"] if "low" in row or "high" in row]
    assert not answer["conclusion"].startswith("use")
    fault = "an interval needs at least 12 segments, and has"
    assert sum(note.endswith(f"{fault} {segments}") for note in answer["notes"]) == 2


CHINESE = {
    "judgements": {"a": [3, 2], "b": [1, 2]},
    "texts": {
        "outputs": {
            "a": ["他每天早上都会去公园跑步然后回家吃早饭", "a cat"],
            "b": ["他每天早上都去公园跑步", "a dog"],
        },
        "references": [["他每天早上都要去公园跑步然后回家吃早饭"], ["a cat"]],
    },
}


def test_texts_without_spaces_are_noted_with_the_tokenisers_on_offer(client: TestClient) -> None:
    notes = client.post(PATH, json={**CHINESE, "metrics": ["bleu", "chrf"]}).json()["notes"]
    fault = "bleu: 2 of 4 texts are in a script without spaces and count as few words"
    assert f"{fault}; choose tokenize=zh, char or combine" in notes
    for tokenize in evaluate_metrics.OFFERED_TOKENIZERS:
        name = f"bleu:tokenize={tokenize}"
        answer = client.post(PATH, json={**CHINESE, "metrics": [name]})
        assert answer.status_code == 200
        noted = any("few words" in note for note in answer.json()["notes"])
        assert noted == (tokenize in ("13a", "intl", "none"))


def test_a_tokeniser_changes_the_scores(client: TestClient) -> None:
    metrics = ["bleu:tokenize=zh", "bleu", "bleu:tokenize=char"]
    rows = client.post(PATH, json={**CHINESE, "metrics": metrics}).json()["rows"]
    names = {row["name"] for row in rows if row["level"] == "segment"}
    assert set(metrics) <= names


@pytest.mark.parametrize("tokenize", ["ja-mecab", "ko-mecab", "moses", "m2"])
def test_tokenisers_that_requests_cannot_use_are_named(client: TestClient, tokenize: str) -> None:
    body = {**CHINESE, "metrics": ["chrf", f"bleu:tokenize={tokenize}"]}
    response = client.post(PATH, json=body)
    assert response.status_code == 422
    (fault,) = response.json()["errors"]
    assert fault["pointer"] == "/metrics/1"
    assert f"tokenize={tokenize}" in fault["detail"]
    assert all(name in fault["detail"] for name in evaluate_metrics.OFFERED_TOKENIZERS)


def test_one_fault_of_each_list_is_reported(client: TestClient) -> None:
    body = {"judgements": {"a": ["x"] * 4000, "b": [1] * 4000 + ["x", "y"]}, "scores": {"m": {}}}
    answer = client.post(PATH, json=body).json()
    pointers = [fault["pointer"] for fault in answer["errors"]]
    assert pointers == ["/judgements/a/0", "/judgements/b/4000", "/scores/m"]
