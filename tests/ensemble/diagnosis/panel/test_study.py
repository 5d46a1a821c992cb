"""The study of a panel with references, with scores, with judges alone, and with neither."""

import random

import pytest

from ensemble.testing.planted import planted_segments
from tests.ensemble.diagnosis.panel.reports import judged, values

N = 60
ANSWERS = [str(7 * i % 50) for i in range(N)]
SKILLS = {"able": 0.9, "fair": 0.8, "poor": 0.7}


def stated(skill: float, seed: int) -> list[str]:
    chance = random.Random(seed)
    right = [answer if chance.random() < skill else f"{seed}00" for answer in ANSWERS]
    return [f"One thinks, number {seed}, of it. The answer is {answer}." for answer in right]


@pytest.fixture
def files():
    outputs = {name: stated(skill, i) for i, (name, skill) in enumerate(SKILLS.items(), start=1)}
    return {"source": [f"Which number is {i}?" for i in range(N)], "target": ANSWERS, **outputs}


def right(files, name):
    return [float(f"is {a}." in t) for a, t in zip(files["target"], files[name], strict=True)]


def test_answers_are_right_or_wrong(write, diagnose, files):
    write(files)
    report = diagnose()
    share = 100 * sum(right(files, "able")) / N
    assert values(report)["able", "accuracy of final answers"] == pytest.approx(share)
    assert "accuracy of final answers" in report.table.signature
    names = {row.name for row in report.table.rows}
    assert names == {*SKILLS, "best single model", "panel of 3", "panel of 3, fused"}


def test_the_sentence_says_what_is_gained_and_paid(write, diagnose, files):
    write(files)
    (sentence,) = diagnose().verdicts
    assert sentence.startswith("The panel of 3 gains ")
    assert " points (" in sentence
    assert " over the best single model for 3.0 times the calls: " in sentence
    assert sentence.endswith(f"on {N} prompts") or "each point for" in sentence


def test_a_gain_that_is_sure_has_its_price(write, diagnose, files):
    # Each model knows another two thirds of the answers, so two of three are always right.
    for k, name in enumerate(SKILLS):
        files[name] = [
            f"It is easy, is it not? The answer is {a if i % 3 != k else 777 + k}."
            for i, a in enumerate(ANSWERS)
        ]
    write(files)
    report = diagnose(
        "prices={able: {in: 1, out: 1}, fair: {in: 1, out: 1}, poor: {in: 1, out: 1}}"
    )
    found = values(report)
    gain = found["panel of 3", "gain over the best single model"]
    assert found["panel of 3", "accuracy of final answers"] == 100
    assert found["panel of 3", "more calls a prompt for each point"] == pytest.approx(2 / gain)
    assert "times the price: shown on 60 prompts, each point for " in report.verdicts[0]
    assert ("panel of 3", "prompts needed to show this gain") not in found


def test_where_a_gain_is_not_shown_the_prompts_needed_are_told(write, diagnose, files):
    # Each model is wrong on a prompt of its own, so that the panel is always right.
    for k, name in enumerate(SKILLS):
        files[name] = [
            f"It is easy, is it not? The answer is {a if i != k else 777}."
            for i, a in enumerate(ANSWERS)
        ]
    write(files)
    report = diagnose()
    assert values(report)["panel of 3", "gain over the best single model"] > 0
    assert values(report)["panel of 3", "prompts needed to show this gain"] > N
    assert report.verdicts[0].endswith("not shown to be worth it on 60 prompts")
    assert any("would be shown by about" in note for note in report.notes)


def test_an_output_that_states_nothing_is_wrong(write, diagnose, files):
    write({**files, "poor": ["I would rather not say anything about that, sorry."] * N})
    report = diagnose()
    assert values(report)["poor", "accuracy of final answers"] == 0
    assert any("count as wrong: 100.0% of poor" in note for note in report.notes)


def test_a_model_that_failed_is_wrong_there(write, diagnose, files):
    write({**files, "poor": [""] * N})
    assert values(diagnose("outputs.kind=texts"))["poor", "accuracy of final answers"] == 0
    assert values(diagnose("outputs.kind=texts", "plan.measure=chrf"))["poor", "chrF"] == 0


def test_texts_without_answers_have_their_chrf(write, diagnose):
    segments, references = planted_segments("texts", 30, SKILLS)
    outputs = {name: [s.hypotheses[name] for s in segments] for name in SKILLS}
    write({"target": references, **outputs})
    found = values(diagnose("outputs.kind=texts"))
    assert found["able", "chrF"] > found["poor", "chrF"]
    assert ("panel of 3, fused", "chrF") in found


def test_edits_have_their_f_half(write, diagnose):
    segments, references = planted_segments("edits", 60, SKILLS)
    outputs = {name: [s.hypotheses[name] for s in segments] for name in SKILLS}
    write({"source": [s.source for s in segments], "target": references, **outputs})
    found = values(diagnose())
    assert found["panel of 3", "F0.5 of edits"] > found["poor", "F0.5 of edits"]
    assert found["panel of 3", "calls a prompt"] == 3


def test_scores_of_people_are_the_accuracy_where_they_are_0_or_1(write, diagnose, files):
    rows = [
        f"{name},{i},{score:g}"
        for name in SKILLS
        for i, score in enumerate(right(files, name), start=1)
    ]
    write({**files, "scores.csv": ["system,segment,score", *rows]})
    by_scores, by_answers = values(diagnose("outputs.scores=scores.csv")), values(diagnose())
    for name in (*SKILLS, "panel of 3"):
        right_ones = by_answers[name, "accuracy of final answers"]
        assert by_scores[name, "accuracy"] == pytest.approx(right_ones)
    assert ("panel of 3, fused", "accuracy") not in by_scores
    assert any("`fuse` is left out" in note for note in diagnose("outputs.scores=scores.csv").notes)


def scores(files, seed):
    chance = random.Random(seed)
    return {name: [r + chance.gauss(0, 0.5) for r in right(files, name)] for name in SKILLS}


def test_a_judge_alone_scores_what_it_chose_and_that_is_said(write, diagnose, files):
    del files["target"]
    known = {**files, "target": ANSWERS}
    write({**files, "judges.csv": judged({"x": scores(known, 1)})})
    report = diagnose()
    found = values(report)
    chosen = found["panel of 3, by the judges alone", "mean judge score"]
    assert chosen == max(value for (_, what), value in found.items() if what == "mean judge score")
    assert any("the judge that chooses also scores" in note for note in report.notes)


def test_of_two_judges_one_scores_what_the_other_chose(write, diagnose, files):
    del files["target"]
    chance = random.Random(2)
    noise = [{name: [chance.random() for _ in range(N)] for name in SKILLS} for _ in range(2)]
    write({**files, "judges.csv": judged({"x": noise[0], "y": noise[1]})})
    report = diagnose()
    found = values(report)
    # Judges that know nothing of each other's taste choose no better than by votes.
    gain = found["panel of 3, by the judges alone", "gain over the votes for the same outputs"]
    assert abs(gain) < 10
    assert any("each judge in turn scores what the others choose" in note for note in report.notes)
    assert found["panel of 3, judged", "calls a prompt"] == 4


def test_a_judge_does_not_score_its_own_outputs(write, diagnose, files):
    praise = {name: [float(name == "poor")] * N for name in SKILLS}
    write({**files, "judges.csv": judged({"poor": praise})})
    fair = values(diagnose())
    vain = values(diagnose("outputs={path: ., judging: {recuse: false}}"))
    name = "panel of 3, by the judges alone", "accuracy of final answers"
    assert vain[name] == vain["poor", "accuracy of final answers"]
    assert fair[name] > vain[name]


def test_without_references_and_judges_only_agreement_is_shown(write, diagnose, files):
    del files["target"]
    write(files)
    report = diagnose()
    assert report.verdicts[0].startswith("Without references or a judge no gain can be shown")
    found = values(report)
    shares = [
        found[name, "prompts with another answer than the combined one, %"] for name in SKILLS
    ]
    assert shares[2] >= shares[0] > 0
    assert found["panel of 3", "prompts on which any two differ, %"] > max(shares)


def test_models_that_agree_leave_nothing_to_change(write, diagnose, files):
    del files["target"]
    same = {name: [t.replace("number 1", name) for t in files["able"]] for name in SKILLS}
    write({**files, **same})
    found = values(diagnose())
    assert found["panel of 3", "prompts on which any two differ, %"] == 0


def test_agreement_of_edits_is_of_whole_texts(write, diagnose):
    segments, _ = planted_segments("edits", 40, SKILLS)
    outputs = {name: [s.hypotheses[name] for s in segments] for name in SKILLS}
    write({"source": [s.source for s in segments], **outputs})
    found = values(diagnose())
    assert 0 < found["able", "prompts with another answer than the combined one, %"] < 100


def test_the_page_has_a_plot_and_a_table(write, diagnose, files):
    pytest.importorskip("matplotlib", reason="figures are in consort[report]")
    write({**files, "judges.csv": judged({"x": scores(files, 1)})})
    report = diagnose()
    page = report.html()
    assert page.count("<svg") == 1
    assert "panel of 3, judged where tied" in page
    assert "not shown to be worth it" in page or "a gain is shown" in page
    assert "| way to answer | score |" in report.markdown()


def test_json_has_each_way_to_answer(write, diagnose, files):
    write(files)
    content = diagnose().content["findings"]
    ways = {way["name"]: way for way in content["ways"]}
    assert ways["panel of 3"]["calls"] == 3
    assert ways["panel of 3"]["gain"]["low"] <= ways["panel of 3"]["gain"]["high"]
    assert ways["able"]["gain"] is None
