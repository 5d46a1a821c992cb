"""The estimated work of evaluations and validations grows with each thing that they are made of."""

import pytest

from service.core.admission.evaluations import work_of_evaluation, work_of_validation


@pytest.mark.parametrize("metrics", [[], ["chrf"], ["chrf", "bleu"]])
def test_more_scores_or_characters_are_more_work(metrics: list[str]) -> None:
    work = work_of_evaluation(100, 1000, metrics)
    assert work_of_evaluation(200, 1000, metrics) > work
    assert (work_of_evaluation(100, 90_000, metrics) > work) == bool(metrics)
    assert work_of_evaluation(100, 1000, [*metrics, "chrf-source"]) > work


def test_metrics_of_gold_edits_cost_what_they_compare() -> None:
    def work(metric: str, annotators: int = 2) -> int:
        return work_of_validation(1000, annotators, [metric])

    assert work("chrf") < work("gleu") < work("maxmatch:max_unchanged=3")
    assert work("gleu", 16) > work("gleu")
    assert work("chrf", 16) == work("chrf")
    assert work_of_validation(1000, 2, ["chrf", "chrf"]) == 2 * work("chrf")
