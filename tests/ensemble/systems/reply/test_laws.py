"""Laws of finding the answer: nothing of a clean answer is taken off, and wrappings compose."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.systems.base import SystemFailure
from ensemble.systems.reply import answer_in

PAIRS = [
    ("She go to school every day.", "She goes to school every day."),
    ("Its a dogs life", "It's a dog's life"),
    ('He say " I am here " .', 'He says " I am here " .'),
    ("The students books , and Toms pen .", "The students ' books , and Tom 's pen ."),
    ("I have three thing : a , b and c .", "I have three things : a , b and c ."),
    ("Das ist ein schönes Haus.", "This is a beautiful house."),
    ("我昨天在北京见到了他。", "I met him in Beijing yesterday."),
    ("First line is here\nSecond lines is here", "First line is here\nSecond line is here"),
]
PREFACES = [
    "",
    "Sure! Here is the corrected sentence:\n",
    "Here's the corrected text:\n\n",
    "Corrected text:\n",
    "**Answer:**\n",
    "### Corrected sentence\n\n",
    "Hier ist der korrigierte Satz:\n",
    "Translation:\n",
]
QUOTES = [("", ""), ('"', '"'), ("“", "”"), ("«", "»"), ("`", "`"), ("**", "**"), ('**"', '"**')]
FENCES = [("", ""), ("```\n", "\n```"), ("```text\n", "\n```"), ("~~~\n", "\n~~~")]
THOUGHTS = [
    "",
    "<think>\nIs ```it``` so?\n</think>\n\n",
    "<reasoning>x</reasoning>",
    "x\n</think>\n",
]
REMARKS = ["", "\n\nLet me know if you need anything else!", "\n\n**Explanation:** The verb."]
PIECES = st.sampled_from(
    "<think> </think> ``` ``` \" ' ** Sure! Answer: Note: : . I'm can't { } [ ] | → a she go goes"
    " <answer> </answer> <|im_end|> --- > - 1. \n \n\n".split(" ")
)
TEXTS = st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join))


def outcome(reply: str, source: str | None) -> str | None:
    """The answer in a reply, `None` where it has none."""
    try:
        return answer_in(reply, source)
    except SystemFailure as failure:
        failure.reason.encode()
        return None


@given(TEXTS)
def test_a_source_is_its_own_answer(source: str) -> None:
    assert outcome(source, source) == (source.strip() or None)


@given(TEXTS, TEXTS | st.none())
def test_any_reply_has_an_answer_of_its_own_words_or_a_reason(
    reply: str, source: str | None
) -> None:
    answer = outcome(reply, source)
    if answer is not None and answer != (source or "").strip():
        assert answer == answer.strip()
        assert set(answer) <= set(reply)


@given(TEXTS, st.sampled_from([*(source for source, _ in PAIRS), None]))
def test_an_answer_is_its_own_answer(reply: str, source: str | None) -> None:
    answer = outcome(reply, source)
    if answer is not None:
        assert outcome(answer, source) == answer


@given(
    st.sampled_from(PAIRS),
    *map(st.sampled_from, (THOUGHTS, PREFACES, FENCES, QUOTES, REMARKS)),
)
def test_wrappings_compose(
    pair: tuple[str, str],
    thought: str,
    preface: str,
    fence: tuple[str, str],
    quotes: tuple[str, str],
    remark: str,
) -> None:
    source, answer = pair
    inner = f"{fence[0]}{quotes[0]}{answer}{quotes[1]}{fence[1]}"
    assert answer_in(f"{thought}{preface}{inner}{remark}", source) == answer


@given(st.sampled_from(PAIRS), st.sampled_from(THOUGHTS))
def test_without_a_source_reasoning_alone_is_taken_off(pair: tuple[str, str], thought: str) -> None:
    answer = f'Sure! Here is the answer:\n\n```\n"{pair[1]}"\n```\n\nNote: none.'
    assert answer_in(thought + answer, None) == answer


@pytest.mark.parametrize("pattern", ["bea_dev/*.txt", "conll14_official/*.txt", "gmeg/wiki/*"])
def test_outputs_of_systems_are_left_alone(data: Path, pattern: str) -> None:
    paths = sorted((data / "gec").glob(pattern))
    sources = next(path for path in paths if path.stem == "source").read_text(encoding="utf-8")
    changed = []
    for path in paths:
        outputs = path.read_text(encoding="utf-8").split("\n")
        changed += [
            output
            for source, output in zip(sources.split("\n"), outputs, strict=False)
            if output.strip() and outcome(output, source) != output.strip()
        ]
    # A system that read the bullet of a heading as quotes.
    assert {*changed} <= {'" Introduction "', '" Recommendation "'}


def test_translations_are_left_alone(data: Path) -> None:
    folder = data / "mt" / "wmt21_zhen"
    sources = next(folder.glob("src.zh")).read_text(encoding="utf-8").split("\n")
    changed = []
    for path in sorted(folder.glob("hyp.*")):
        outputs = path.read_text(encoding="utf-8").split("\n")
        changed += [
            output
            for source, output in zip(sources, outputs, strict=False)
            if output.strip() and outcome(output, source) != output.strip()
        ]
    assert {*changed} <= {'"Editor: Chen Haifeng"'}  # the source is in other brackets


def test_rationales_are_left_alone(data: Path) -> None:
    for path in sorted((data / "llm" / "gsm8k").glob("*.txt")):
        for text in path.read_text(encoding="utf-8").splitlines():
            assert outcome(text, None) == (text.strip() or None)


REPEATED = [
    *("<think>", "</think>", "<think></think>", "```", "```\n", '"', "'", "“", "**", "*", "\n"),
    *("a\n\n", "\n\nNote: x", "Sure! ", "Sure!\n", "Here is the corrected sentence: ", ": ", "["),
    *("{", '{"a":', "(", "</s>", "<eos>x", "> x\n", "1. x\n", "word. ", "I'm sorry, ", "- ", "x "),
    *("<|channel|>final<|message|>", "---\n", "|x|\n", "→", "<answer>", "a. let me know ", '"a" '),
]


@pytest.mark.timeout(60)  # in quadratic time it would be hours
@pytest.mark.parametrize("piece", REPEATED)
@pytest.mark.parametrize("source", [None, PAIRS[0][0], "One.\n\nTwo."])
def test_the_time_is_linear(piece: str, source: str | None) -> None:
    reply = (piece * 200_000)[:200_000]
    answer = outcome(reply, source)
    assert answer is None or len(answer) <= len(reply)
