"""`/v1/combiners`: uploaded, named, promoted by evidence, rolled back, and used by requests."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ensemble import collect, combine, load_combiner
from ensemble.candidates import Kind
from ensemble.testing.planted import planted_segments
from service.core import limits
from tests.trained import evidence, files, outputs

Serve = Callable[..., TestClient]
QUESTION = {"source": "81", "outputs": {"able": "a", "poor": "b", "bad": "b"}, "kind": "labels"}


@pytest.fixture
def client(serve: Serve, tmp_path: Path) -> TestClient:
    return serve(state=tmp_path / "state", poll_s=0.05)


def upload(client: TestClient, believed: str, name: str = "mine", data: str = "") -> int:
    response = client.post(f"/v1/combiners/{name}", files=files(believed, data).form)
    assert response.is_success, response.text
    assert response.headers["location"] == f"/v1/combiners/{name}/{response.json()['version']}"
    return response.json()["version"]


def point(client: TestClient, version: int, alias: str = "champion", **why: object) -> Any:
    path = f"/v1/combiners/mine/aliases/{alias}"
    return client.post(path, json={"version": version, **why})


def force(client: TestClient, version: int) -> None:
    assert point(client, version, force={"reason": "a test"}).status_code == 200


def ask(client: TestClient, combiner: str) -> Any:
    return client.post("/v1/combine", json={**QUESTION, "combiner": combiner})


def test_an_upload_is_used_by_its_name_and_version(client: TestClient) -> None:
    assert upload(client, "able") == 1
    answer = ask(client, "mine@1").json()
    said = client.get("/v1/combiners/mine/1").json()
    assert answer["text"] == "a"
    assert answer["combiner"] == {
        "name": "mine", "version": "1", "signature": f"{said['signature']}|kind:labels",
        "calibrated": True,
    }  # fmt: skip
    assert said["loaded"]
    assert said["calibrated"]
    assert said["manifest"]["learnt"]["systems"]
    assert ask(client, "mine").json() == answer
    assert said["aliases"] == ["champion"]
    [move] = client.get("/v1/combiners/mine").json()["history"]
    assert (move["version"], move["evidence"]) == (1, {"how": "first"})


@pytest.mark.parametrize("kind", ["edits", "texts", "labels"])
def test_neural_needs_no_labels_here_either(client: TestClient, kind: Kind) -> None:
    segments, _ = planted_segments(kind, 20, {"a": 0.9, "b": 0.6, "c": 0.5, "d": 0.3})
    for segment in segments:
        given = {"source": segment.source, "outputs": segment.hypotheses, "kind": kind}
        answer = client.post("/v1/combine", json={**given, "combiner": "neural"}).json()
        made = combine(collect(segment, kind), load_combiner("neural"))
        assert answer["text"] == made.text
        assert answer["combiner"]["name"] == "neural"
        assert not answer["combiner"]["calibrated"]
        probabilities = [candidate["probability"] for candidate in answer["candidates"]]
        assert probabilities == [decision.probability for decision in made.decisions]
        assert len({system["weight"] for system in answer["systems"].values()}) == 1
        assert answer["systems"]["a"]["weight"] > 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("agreement", "learns from many segments"),
        ("best-single", "a job of the kind combine"),
        ("dawid-skene", "say vote or mbr"),
        ("logistic", "has to be trained: upload one as POST /v1/combiners/NAME"),
        ("trained", "name no trained combiner"),
    ],
)
def test_a_combiner_that_single_requests_cannot_have_says_why_and_what_has_it(
    client: TestClient, name: str, reason: str
) -> None:
    assert reason in unusable(client, name)


def test_a_second_version_does_not_take_the_name_of_the_first(client: TestClient) -> None:
    upload(client, "able")
    upload(client, "bad")
    assert ask(client, "mine").json()["combiner"]["version"] == "1"
    assert point(client, 2, evidence={"segments": evidence()}).status_code == 409
    assert client.get("/v1/combiners/mine").json()["aliases"] == {"champion": 1}


def unusable(client: TestClient, combiner: str) -> str:
    """Return what is said of a name that cannot be used, as every place that takes one says it."""
    refused = ask(client, combiner)
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/unknown-combiner"
    return refused.json()["errors"][0]["detail"]


PROMOTE = "or promote a version: POST /v1/combiners/mine/aliases/champion"


def test_a_name_that_cannot_be_used_says_what_to_say_instead(
    client: TestClient, tmp_path: Path
) -> None:
    upload(client, "able")
    upload(client, "bad")
    assert unusable(client, "mine@7") == "mine has no version 7; say mine or mine@2 or mine@1"
    assert unusable(client, "mine@canary").startswith("mine has no alias 'canary'; say mine or ")
    assert client.delete("/v1/combiners/mine/aliases/champion").status_code == 204
    said = f"mine has no champion; say mine@2 or mine@1, {PROMOTE}"
    assert unusable(client, "mine") == unusable(client, "mine@champion") == said
    assert "mine" in unusable(client, "nonsense")
    assert client.delete("/v1/combiners/mine/1").status_code == 204
    assert unusable(client, "mine@1") == f"mine has no version 1; say mine@2, {PROMOTE}"
    force(client, 2)
    assert ask(client, "mine").is_success
    assert unusable(client, "mine@1") == "mine has no version 1; say mine or mine@2"


def test_a_name_is_new_again_once_all_its_versions_are_deleted(client: TestClient) -> None:
    form = files("able").form
    upload(client, "able")
    assert client.delete("/v1/combiners/mine/aliases/champion").status_code == 204
    # The same files again are the same version, which was taken out of use on purpose.
    assert client.post("/v1/combiners/mine", files=form).json()["aliases"] == []
    assert ask(client, "mine").status_code == 422
    assert client.delete("/v1/combiners/mine/1").status_code == 204
    assert client.post("/v1/combiners/mine", files=form).json()["aliases"] == ["champion"]
    assert ask(client, "mine").json()["combiner"]["version"] == "2"
    assert client.post("/v1/combiners/mine/aliases/champion/rollback").status_code == 409


def test_an_upload_by_mistake_is_deleted_at_once_but_no_name_in_use_loses_its_version(
    client: TestClient,
) -> None:
    upload(client, "able")
    assert client.delete("/v1/combiners/mine/1").status_code == 204
    assert ask(client, "mine").json()["errors"][0]["detail"].startswith("'mine' is unknown;")
    for believed in ("able", "bad"):
        upload(client, believed)
    assert client.delete("/v1/combiners/mine/2").json()["type"] == "/problems/version-in-use"
    assert client.delete("/v1/combiners/mine/3").status_code == 204
    force(client, 2)
    assert client.delete("/v1/combiners/mine/2").status_code == 409
    assert ask(client, "mine").json()["combiner"]["version"] == "2"


def test_a_first_version_is_tested_against_the_vote(client: TestClient) -> None:
    upload(client, "bad")
    refused = point(client, 1, evidence={"segments": evidence()})
    assert refused.json()["type"] == "/problems/not-better"
    assert ask(client, "mine").is_success
    upload(client, "able")
    granted = point(client, 2, evidence={"segments": evidence()})
    assert granted.json()["evidence"]["against"] == "mine@1"
    back = "/v1/combiners/mine/aliases/champion/rollback"
    assert client.post(back).json()["version"] == 1
    # Since then it is the champion by a decision.
    again = point(client, 1, evidence={"segments": evidence()})
    assert again.json()["type"] == "/problems/already-champion"


def test_the_same_again_is_the_same_version(client: TestClient) -> None:
    form = files("able").form
    created, again = (client.post("/v1/combiners/mine", files=form) for _ in range(2))
    assert (created.status_code, again.status_code) == (201, 200)
    assert created.json() == again.json()
    assert upload(client, "able", data="other") == 2
    assert upload(client, "able", name="yours") == 1
    listed = client.get("/v1/combiners").json()
    assert [one["name"] for one in listed["registered"]] == ["mine", "yours"]
    assert listed["builtin"] == [
        "vote", "learned-vote", "mbr", "fuse", "judged", "neural", "soft-vote"
    ]  # fmt: skip
    assert listed["kinds"]["mbr"] == ["texts"]
    assert listed["kinds"]["mine@2"] == ["labels"]
    assert {*listed["builtin"], "mine@1", "mine@2", "yours@1"} <= {*listed["kinds"]}
    for name in listed["builtin"]:
        assert client.post("/v1/combine", json={"source": "a", "outputs": {"x": "a", "y": "b"},
                           "combiner": name}).is_success  # fmt: skip


def test_a_champion_is_promoted_by_evidence_and_held_against_the_vote_first(
    client: TestClient,
) -> None:
    good, bad = upload(client, "able"), upload(client, "bad")
    refused = point(client, bad, evidence={"segments": evidence()})
    assert refused.status_code == 409
    figures = refused.json()["comparison"]
    assert figures["delta"] < 0
    assert figures["n"] == 60
    assert refused.json()["type"] == "/problems/not-better"

    granted = point(client, good, evidence={"segments": evidence()})
    assert granted.status_code == 200, granted.text
    found = granted.json()["evidence"]
    assert (found["how"], found["against"], found["value"]) == ("tested", "vote", 100)
    assert found["low"] > 0
    assert found["p"] < 0.05
    assert ask(client, "mine").json()["combiner"]["version"] == str(good)

    assert point(client, bad, evidence={"segments": evidence()}).status_code == 409
    assert point(client, good, evidence={"segments": evidence()}).status_code == 409  # already
    assert client.get("/v1/combiners/mine").json()["aliases"] == {"champion": good}


def test_no_worse_is_enough_where_that_is_the_policy(client: TestClient) -> None:
    force(client, upload(client, "able"))
    same = upload(client, "able", data="other")
    proof = {"segments": evidence()}
    assert point(client, same, evidence=proof).status_code == 409
    answer = point(client, same, evidence={**proof, "policy": "not-worse"})
    assert answer.status_code == 200
    assert answer.json()["evidence"]["delta"] == 0


def test_force_takes_a_reason_and_rolling_back_goes_back_and_back(client: TestClient) -> None:
    for data in "abc":
        force(client, upload(client, "able", data=data))
    assert [point(client, 1).status_code, point(client, 1, force={}).status_code] == [422, 422]
    back = "/v1/combiners/mine/aliases/champion/rollback"
    assert [client.post(back).json()["version"] for _ in range(2)] == [2, 1]
    assert client.post(back).status_code == 409
    force(client, 3)
    assert client.post(back).json()["version"] == 1
    assert ask(client, "mine").json()["combiner"]["version"] == "1"
    history = client.get("/v1/combiners/mine").json()["history"]
    assert [move["version"] for move in history] == [1, 3, 1, 2, 3, 2, 1, 1]
    assert history[1]["evidence"] == {"how": "forced", "reason": "a test"}


def test_any_other_alias_moves_freely_and_goes_away(client: TestClient) -> None:
    upload(client, "able")
    assert point(client, 1, "canary").status_code == 200
    assert ask(client, "mine@canary").json()["combiner"]["version"] == "1"
    assert point(client, 1, "canary", force={"reason": "no"}).status_code == 422
    assert client.delete("/v1/combiners/mine/aliases/canary").status_code == 204
    assert client.delete("/v1/combiners/mine/aliases/canary").status_code == 404
    assert ask(client, "mine@canary").status_code == 422


def test_a_first_champion_can_be_taken_away_and_comes_back(client: TestClient) -> None:
    force(client, upload(client, "able"))
    champion = "/v1/combiners/mine/aliases/champion"
    assert client.post(f"{champion}/rollback").status_code == 409
    assert client.delete(champion).status_code == 204
    assert ask(client, "mine").json()["type"] == "/problems/unknown-combiner"
    assert ask(client, "mine@1").is_success
    assert client.post(f"{champion}/rollback").json()["version"] == 1
    assert ask(client, "mine").is_success
    assert client.delete(champion).status_code == 204
    assert client.delete("/v1/combiners/mine/1").status_code == 204


def test_a_version_is_forgotten_once_no_alias_is_it(client: TestClient, tmp_path: Path) -> None:
    force(client, upload(client, "able"))
    upload(client, "able", data="other")
    assert client.delete("/v1/combiners/mine/1").status_code == 409
    assert client.delete("/v1/combiners/mine/2").status_code == 204
    assert client.delete("/v1/combiners/mine/2").status_code == 404
    assert ask(client, "mine@2").status_code == 422
    assert len(list((tmp_path / "state" / "combiners").iterdir())) == 1


def test_a_shadow_runs_beside_the_champion_and_its_agreement_is_counted(
    client: TestClient,
) -> None:
    force(client, upload(client, "able"))
    assert point(client, upload(client, "bad"), "shadow").status_code == 200
    end = time.monotonic() + 5
    while not (seen := client.get("/v1/combiners/mine").json()["shadows"]):
        assert ask(client, "mine").json()["combiner"]["version"] == "1"
        assert time.monotonic() < end
    assert (seen[0]["champion"], seen[0]["shadow"]) == (1, 2)
    assert seen[0]["compared"] > 0
    assert seen[0]["same_text"] == 0  # one believes `able`, the other `bad`


@pytest.mark.parametrize(
    "name", ["Mine", "1", "a" * 65, "vote", "learned-vote", "neural", "trained", "..", "a b"]
)
def test_names_that_nothing_can_have(client: TestClient, name: str) -> None:
    response = client.post(f"/v1/combiners/{name}", files=files().form)
    assert response.status_code in (404, 405, 409, 422)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/combiners/none", 404),
        ("GET", "/v1/combiners/none/1", 404),
        ("GET", "/v1/combiners/none/x", 404),
        ("DELETE", "/v1/combiners/none/1", 404),
        ("POST", "/v1/combiners/none/aliases/champion/rollback", 409),
        ("GET", "/v1/combiners/N", 422),
    ],
)
def test_what_is_not_there(client: TestClient, method: str, path: str, status: int) -> None:
    assert client.request(method, path).status_code == status


def test_evidence_has_bounds(client: TestClient) -> None:
    upload(client, "able")
    for n in (limits.EVIDENCE_LEAST - 1, limits.EVIDENCE_SEGMENTS + 1):
        assert point(client, 1, evidence={"segments": evidence(n)}).status_code == 422
    same = [*evidence(1) * limits.EVIDENCE_LEAST]
    answer = point(client, 1, evidence={"segments": same})
    assert answer.json()["type"] == "/problems/invalid-evidence"
    lacking = [{**one, "references": []} for one in evidence()]
    assert point(client, 1, evidence={"segments": lacking}).status_code == 422
    assert point(client, 2, evidence={"segments": evidence()}).status_code == 404


def test_evidence_may_have_class_probabilities(client: TestClient) -> None:
    upload(client, "able")
    segments = evidence()
    for segment in segments:
        given = {name: {label: 0.6, "c": 0.4} for name, label in segment["outputs"].items()}
        segment["outputs"] = {**given, "plain": 7}
    granted = point(client, 1, evidence={"segments": segments})
    assert granted.status_code == 200, granted.text
    assert granted.json()["evidence"]["value"] == 100
    segments[0]["outputs"]["able"] = {"a": 2}
    [fault] = point(client, 1, evidence={"segments": segments}).json()["errors"]
    assert fault["code"] == "invalid-probabilities"
    assert fault["pointer"] == "/evidence/segments/0/outputs/able"


def test_evidence_may_have_the_scores_of_judges(client: TestClient) -> None:
    upload(client, "able")
    segments = evidence()
    for segment in segments:
        segment["scores"] = {"x": {"able": 2.5, "bad": None}}
    wrong = [*segments[:3], {**segments[3], "scores": {"x": {"unknown": 1}}}, *segments[4:]]
    [fault] = point(client, 1, evidence={"segments": wrong}).json()["errors"]
    assert fault["code"] == "unknown-system"
    assert fault["pointer"] == "/evidence/segments/3/scores/x/unknown"
    assert point(client, 1, evidence={"segments": segments}).status_code == 200


def test_gold_edits_are_evidence_as_well(client: TestClient) -> None:
    m2 = "S He go .\nA 1 2|||R|||goes|||REQUIRED|||-NONE-|||0\n\n"
    segments = [{"source": f"He go {i}", "outputs": outputs(i)} for i in range(60)]
    upload(client, "able")
    answer = point(client, 1, evidence={"segments": segments, "m2": m2})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-evidence"


def test_form_that_is_none(client: TestClient) -> None:
    post = client.post
    path = "/v1/combiners/mine"
    manifest, weights = files()
    assert post(path, content="{}", headers={"content-type": "text/plain"}).status_code == 415
    assert post(path, json={}).status_code == 422
    assert post(path, files={"manifest": manifest}).status_code == 422
    assert post(path, files={"manifest": manifest, "weights": weights, "x": b""}).status_code == 422
    assert post(path, data={"manifest": "a"}, files={"weights": weights}).status_code == 422
    form = {"content-type": "multipart/form-data"}
    assert post(path, content=b"x", headers=form).status_code == 422
    big = b" " * (limits.MANIFEST_BYTES + 1)
    assert post(path, files={"manifest": big, "weights": weights}).status_code == 413
    assert client.get("/v1/combiners").json()["registered"] == []


def test_upload_has_a_limit(serve: Serve, tmp_path: Path) -> None:
    size = sum(map(len, files()))
    client = serve(state=tmp_path / "state", combiner_bytes=size)  # and the form's own lines
    assert client.post("/v1/combiners/mine", files=files().form).status_code == 413
    assert client.get("/v1/limits").json()["combiner_bytes"] == size
