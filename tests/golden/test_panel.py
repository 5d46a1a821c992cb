"""Is a panel of four language models worth its calls on GSM8K?"""

import pytest

from ensemble.diagnosis.studies import read_study
from evaluation.execution.progress import quietly
from service.core.settings import CONFIGS

CONFIG = CONFIGS / "diagnosis" / "panel.yaml"
ALONE = {"Llama-3.1-8B": 70.75, "Mistral-7B": 54.5, "Qwen2-7B": 81.0, "Qwen2.5-7B": 90.5}
BEST, GAIN = "best single model", "gain over the best single model"


def diagnosed(data, *settings):
    if not (data / "llm" / "gsm8k").is_dir():
        pytest.skip("the development data has no llm/gsm8k")
    study = read_study(CONFIG, [f"data={data}", *settings])
    return study.run(study.config, None, quietly)


def rows_of(report):
    return {(row.name, row.statistic): row for row in report.table.rows}


def test_the_panel_is_not_shown_to_be_worth_four_calls(data):
    report = diagnosed(data)
    rows = rows_of(report)
    measured = {name: row.value for (name, what), row in rows.items() if what[:8] == "accuracy"}
    accuracy = {name: round(value, 6) for name, value in measured.items()}
    assert {name: accuracy[name] for name in (*ALONE, BEST)} == {**ALONE, BEST: 90.5}
    assert accuracy["panel of 4"] == accuracy["panel of 4, fused"] == 90.25
    assert accuracy["panel of 4, judged"] == accuracy["panel of 4, judged where tied"] == 90.5
    assert rows["panel of 4, judged", "calls a prompt"].value == 4 + 4 * 8
    assert rows["panel of 4, judged where tied", "calls a prompt"].value < 7
    gain = rows["panel of 4", GAIN]
    assert (gain.value, gain.low, gain.high) == pytest.approx((-0.25, -2.25, 1.75), abs=0.3)
    assert report.verdicts[0].endswith("not shown to be worth it on 400 prompts")


def test_labels_have_the_accuracies_that_are_known(data):
    rows = rows_of(diagnosed(data, "name=labels", "outputs={path: llm/gsm8k/labels}"))
    alone = {"Llama-3.1-8B": 71.25, "Mistral-7B": 56.75, "Qwen2-7B": 87.25, "Qwen2.5-7B": 90.5}
    assert {name: rows[name, "accuracy"].value for name in alone} == alone
