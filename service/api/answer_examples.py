"""Answers that the OpenAPI document shows for its examples of requests, by the operation's id.

They are answers of this service, with long lists cut after their first items and numbers after four
places; a test compares them with what the service answers.
"""

from typing import Any

from evaluation.version import VERSION

ANSWERS: dict[str, Any] = {
    "combine": {
        "text": "I have an apple.",
        "backbone": None,
        "candidates": [
            {
                "start": 1,
                "end": 2,
                "offset": 2,
                "length": 3,
                "original": "has",
                "replacement": "have",
                "type": "R:FUNC",
                "voters": ["a", "c"],
                "probability": 0.6667,
                "accepted": True,
                "reason": "accepted",
                "tied": False,
                "note": None,
            },
            {
                "start": 2,
                "end": 3,
                "offset": 6,
                "length": 1,
                "original": "a",
                "replacement": "an",
                "type": "R:FUNC",
                "voters": ["a", "b", "c"],
                "probability": 1.0,
                "accepted": True,
                "reason": "accepted",
                "tied": False,
                "note": None,
            },
            {
                "start": 3,
                "end": 4,
                "offset": 8,
                "length": 5,
                "original": "apple",
                "replacement": "ample",
                "type": "R:SPELL",
                "voters": ["c"],
                "probability": 0.3333,
                "accepted": False,
                "reason": "outvoted",
                "tied": False,
                "note": None,
            },
        ],
        "systems": {
            "a": {"status": "ok", "weight": 1.0, "milliseconds": None},
            "b": {"status": "ok", "weight": 1.0, "milliseconds": None},
            "c": {"status": "ok", "weight": 1.0, "milliseconds": None},
        },
        "combiner": {
            "name": "vote",
            "version": VERSION,
            "signature": f"vote|k:half|consort:{VERSION}|kind:edits",
            "calibrated": False,
        },
        "degraded": False,
    },
    "check_text": {
        "software": {
            "name": "Consort",
            "version": VERSION,
            "buildDate": "",
            "apiVersion": 1,
            "premium": False,
            "premiumHint": "",
            "status": "",
        },
        "warnings": {"incompleteResults": False},
        "language": {
            "name": "English (US)",
            "code": "en-US",
            "detectedLanguage": {"name": "English (US)", "code": "en-US", "confidence": 1.0},
        },
        "matches": [
            {
                "message": "Function word. Proposed by harper, quire.",
                "shortMessage": "Function word",
                "replacements": [{"value": "have"}],
                "offset": 2,
                "length": 3,
                "context": {"text": "I has a apple.", "offset": 2, "length": 3},
                "sentence": "I has a apple.",
                "type": {"typeName": "Other"},
                "rule": {
                    "id": "CONSORT_R_FUNC",
                    "description": "Function word",
                    "issueType": "grammar",
                    "category": {"id": "GRAMMAR", "name": "Grammar"},
                },
                "ignoreForIncompleteSentence": False,
                "contextForSureMatch": 0,
            }
        ],
        "sentenceRanges": [[0, 14]],
    },
    "run_evaluation": {
        "conclusion": "too few data to recommend a metric; good is ahead, without an interval",
        "verdict": "too few data to recommend a metric; good (0.980) is ahead, "
        "without an interval [segment level, pearson, grouping none]",
        "notes": [
            "1 of 12 scored outputs have no judgement: b on segment '3'",
            "no interval and no recommendation at segment level: an interval "
            "needs at least 12 segments, and has 4",
            "no interval and no recommendation at system level: an interval "
            "needs at least 12 segments, and has 4",
            "3 systems are too few to tell metrics apart: good (0.882) and "
            "poor (-0.139) are 1.021 apart in r, and no gap would do",
        ],
        "comparisons": [
            {
                "level": "segment",
                "statistic": "pearson, grouping none",
                "test": "PERM-BOTH, 4096 permutations, two-sided, Holm",
                "ranking": [
                    {
                        "metric": "good",
                        "value": 0.9804,
                        "cluster": 1,
                        "p_better_than": {"poor": 0.0342},
                    },
                    {
                        "metric": "poor",
                        "value": -0.199,
                        "cluster": 2,
                        "p_better_than": {"good": 1.0},
                    },
                ],
            }
        ],
        "rows": [
            {
                "name": "good",
                "level": "segment",
                "statistic": "pearson, grouping none",
                "value": 0.9804,
                "n": 11,
            },
            {
                "name": "poor",
                "level": "segment",
                "statistic": "pearson, grouping none",
                "value": -0.199,
                "n": 11,
                "p": 0.0342,
            },
        ],
        "signature": (
            "evaluation|segment:pearson|system:pearson|"
            "coefficients:pearson+spearman+kendall|groupings:none|raters:mean|draw:item|"
            f"resamples:200|permutations:1200|level:0.05|seed:20211107|consort:{VERSION}"
        ),
    },
    "submit_job": {
        "id": "0197f2a4c1d07b3e8f5a6b7c8d9e0f1a",
        "kind": "combine",
        "state": "queued",
        "progress": None,
        "detail": None,
        "attempts": 0,
        "cancel_asked": False,
        "created_at": 1796046874.0,
        "started_at": None,
        "finished_at": None,
        "request": {
            "combiner": "vote",
            "outputs": None,
            "label_case": "keep",
            "recuse": True,
            "systems": None,
            "columns": {"source": None, "outputs": [], "references": [], "id": None},
            "protect": True,
            "evidence": True,
        },
    },
    "add_feedback": {"id": "c87db70f71dd4390bd186a1288ac21fa", "judged": 2},
    "show_competence": {
        "systems": [
            {
                "system": "a",
                "judged": 1.0,
                "competence": 0.5556,
                "low": 0.2449,
                "high": 0.843,
                "types": [
                    {
                        "type": "R:OTHER",
                        "judged": 1.0,
                        "accepted": 1.0,
                        "competence": 0.5556,
                        "weight": 1.25,
                    }
                ],
                "days": [{"day": 20787, "judged": 1, "accepted": 1, "competence": 0.5556}],
                "drift": None,
            }
        ],
        "today": 20787,
        "half_life_days": 30.0,
        "bound": 4.0,
        "votes_per_owner_and_day": 200,
        "drift_window": 50,
        "drift_false_alarms": 0.01,
        "mark": "3edc05e6c590",
    },
}
