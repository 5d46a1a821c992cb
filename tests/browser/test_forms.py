"""The forms of the pages of jobs and combiners: start a job, register, promote and roll back."""

import json
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.views import Tab, both_views, give
from tests.trained import SYSTEMS, files, outputs

REFUSED = "the server responded with a status of 4"


@both_views
def test_a_job_is_started_from_files(tab: Tab) -> None:
    page = tab.open("/jobs")
    tab.complaints.ignored = REFUSED
    page.get_by_text("Start a job").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_have_text("Choose the files of the job.")
    give(page.locator("#job-files"), {"source.txt": "a\n", "one.txt": "b\n", "two.txt": "b\n"})
    expect(page.locator("#job-files-note")).to_have_text(
        "3 files: source.txt, one.txt, and two.txt."
    )
    page.get_by_label("Combiner", exact=True).fill("nonsense")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text("nonsense")
    page.get_by_label("Combiner", exact=True).fill("vote")
    page.get_by_label("Outputs are").select_option("edits")
    page.get_by_role("button", name="Start").click()
    entry = page.locator("#jobs > li").first
    expect(entry.get_by_role("heading")).to_have_text("combine")
    entry.get_by_role("button", name="Cancel").click()
    job = page.request.get("/v1/jobs").json()["jobs"][0]
    assert (job["request"]["combiner"], job["request"]["outputs"]) == ("vote", "edits")


@both_views
def test_a_training_is_started_with_its_labels(tab: Tab) -> None:
    sent: list[dict[str, Any]] = []

    def accept(route: Route) -> None:
        if route.request.method != "POST":
            route.fulfill(json={"jobs": [], "next": None})
            return
        sent.append(route.request.post_data_json)
        job = {"id": str(len(sent)), "kind": "train", "state": "queued", "progress": None}
        route.fulfill(json={**job, "detail": None, "cancel_asked": False, "created_at": 0})

    tab.page.route("**/v1/jobs", accept)
    page = tab.open("/jobs")
    expected = {
        "target.txt": {"references": ["target.txt"]},
        "ref0.txt": {"references": ["ref0.txt"]},
        "gold.m2": {"gold": "gold.m2"},
        "scores.csv": {"scores": "scores.csv"},
    }
    for place, (labels, value) in enumerate(expected.items(), 1):
        page.get_by_text("Start a job").click()
        page.get_by_label("train a combiner").check()
        contents = {"a.txt": "x\n", "b.txt": "x\n", labels: "x\n"}
        give(page.locator("#job-files"), contents)
        expect(page.get_by_label("Right results")).to_have_value(labels)
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#jobs > li")).to_have_count(place)
        assert sent[-1] == {"kind": "train", "files": contents, **value}


@both_views
def test_the_combiner_of_a_job_is_registered(tab: Tab) -> None:
    page = tab.page
    name = f"of-a-job-{tab.width}"
    artefact = files("able", data=name)
    contents = {
        "combiner/manifest.json": artefact.manifest,
        "combiner/able.safetensors": artefact.weights,
    }
    listing = [{"name": name, "bytes": len(data)} for name, data in contents.items()]
    job = {"id": "0", "kind": "train", "state": "succeeded", "progress": None, "detail": None}
    jobs = {"jobs": [{**job, "cancel_asked": False, "created_at": 0}], "next": None}
    page.route("**/v1/jobs", lambda route: route.fulfill(json=jobs))
    page.route("**/v1/jobs/0/files", lambda route: route.fulfill(json=listing))
    page.route(
        "**/v1/jobs/0/files/**",
        lambda route: route.fulfill(body=contents[route.request.url.partition("/files/")[2]]),
    )
    tab.open("/jobs")
    page.get_by_label("Name of the combiner").fill(name)
    page.get_by_role("button", name="Register the combiner").click()
    expect(page.locator(".job")).to_contain_text(f"Registered as {name}@1")
    assert page.request.get(f"/v1/combiners/{name}/1").ok


@both_views
def test_a_combiner_is_registered_promoted_and_rolled_back(tab: Tab) -> None:
    page = tab.open("/combiners")
    tab.complaints.ignored = REFUSED
    name = f"ours-{tab.width}"
    for version in (1, 2):
        upload(page, name, f"{name}{version}")
        expect(page.locator("#status")).to_contain_text(f"{name}@{version} is there now.")
    ours = page.locator(f"[data-combiner={name}]")
    promote(ours)
    expect(ours.get_by_role("alert")).to_contain_text("needs exactly one of evidence and force")
    ours.get_by_label("Or the reason, without a test").fill("<b>no time</b>")
    ours.get_by_label("Version").select_option("1")
    ours.get_by_role("button", name="Move the alias").click()
    expect(page.locator("#status")).to_contain_text(f"champion of {name} is version 1 now.")
    expect(ours.locator("[data-version='1'] .alias")).to_have_text("champion")
    expect(ours).to_contain_text("forced: <b>no time</b>")
    promote(ours, segments())
    expect(ours.get_by_role("alert")).to_contain_text("is not shown to be better")
    ours.get_by_label("Or the reason, without a test").fill("newer")
    ours.get_by_label("Evidence").set_input_files([])
    ours.get_by_role("button", name="Move the alias").click()
    expect(ours.locator("[data-version='2'] .alias")).to_have_text("champion")
    ours.get_by_text("Promote or roll back").click()
    ours.get_by_role("button", name="Roll back champion").click()
    expect(page.locator("#status")).to_contain_text(f"champion of {name} is version 1 again.")
    ours.get_by_text("Promote or roll back").click()  # for the page to be looked at with the form


def upload(page: Page, name: str, data: str) -> None:
    artefact = files(data=data)
    page.get_by_text("Register a trained combiner").click()
    zone = page.locator("#upload-files")
    give(zone, {"combiner.zip": b"PK"})
    expect(page.locator("#upload-problem")).to_contain_text("not packed into an archive")
    give(zone, {"manifest.json": artefact.manifest, "w.safetensors": artefact.weights})
    expect(page.locator("#upload-note")).to_contain_text("manifest.json and w.safetensors")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Register", exact=True).click()


def segments() -> str:
    lines = [
        {"source": str(i), "outputs": outputs(i), "references": [outputs(i)[SYSTEMS[0]]]}
        for i in range(60)
    ]
    return "\n".join(map(json.dumps, lines))


def promote(combiner: Locator, evidence: str = "") -> None:
    combiner.get_by_text("Promote or roll back").click()
    if evidence:
        give(combiner.locator("form"), {"evidence.jsonl": evidence})
    combiner.get_by_role("button", name="Move the alias").click()
