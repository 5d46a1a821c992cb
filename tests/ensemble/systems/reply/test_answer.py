"""The answer in replies: what is taken off, what is left alone, and which replies have none."""

import pytest

from ensemble.systems.base import SystemFailure
from ensemble.systems.reply import Extract, answer_in
from tests.ensemble.systems.reply.replies import (
    BESIDE_SOURCE,
    CHINESE,
    GERMAN,
    LEFT_ALONE,
    OTHER_LANGUAGES,
    PREFACED,
    REASONED,
    REFUSED,
    REMARKED,
    SOURCE,
    TARGET,
    TRANSLATED,
    UNCHANGED,
    WRAPPED,
    listed,
)

PARAGRAPHS = "He dont like it.\n\nBut I likes it."
CORRECTED = "He doesn't like it.\n\nBut I like it."
MARKDOWN = 'Sure! Here is how:\n\n```python\nprint("x")\n```\n\nNote: use `print`.\n\n"Done"'


@pytest.mark.parametrize("reply", listed(PREFACED + REMARKED + WRAPPED + BESIDE_SOURCE + REASONED))
def test_a_correction_is_found(reply: str) -> None:
    assert answer_in(reply, SOURCE) == TARGET


@pytest.mark.parametrize("reply", listed(TRANSLATED))
def test_a_translation_is_found(reply: str) -> None:
    assert answer_in(reply, GERMAN) == TARGET


@pytest.mark.parametrize("reply", listed(TRANSLATED.replace("{G}", CHINESE)))
def test_a_translation_from_another_script_is_found(reply: str) -> None:
    assert answer_in(reply, CHINESE) == TARGET


@pytest.mark.parametrize(("reply", "answer", "source"), OTHER_LANGUAGES)
def test_prefaces_in_other_languages_are_recognised(reply: str, answer: str, source: str) -> None:
    assert answer_in(reply, source) == answer


@pytest.mark.parametrize(
    "reply",
    [
        CORRECTED,
        f"Here is the corrected text:\n\n{CORRECTED}\n\n**Changes:**\n- dont",
        f"```\n{CORRECTED}\n```",
        f'"{CORRECTED}"',
        f"Sure! Here's the corrected text:\n\n```\n{CORRECTED}\n```\n\nLet me know!",
        f"{CORRECTED}\n\nLet me know if you have questions.",
    ],
)
def test_an_answer_of_several_paragraphs_keeps_them(reply: str) -> None:
    assert answer_in(reply, PARAGRAPHS) == CORRECTED


@pytest.mark.parametrize("reply", listed(UNCHANGED))
def test_a_reply_that_the_source_is_right_is_the_source(reply: str) -> None:
    assert answer_in(reply, SOURCE) == SOURCE


@pytest.mark.parametrize(("answer", "source"), LEFT_ALONE)
def test_an_answer_is_left_alone(answer: str, source: str) -> None:
    assert answer_in(answer, source) == answer


@pytest.mark.parametrize("reply", listed(REFUSED))
def test_a_refusal_is_not_an_answer(reply: str) -> None:
    with pytest.raises(SystemFailure, match=r"^refused: .") as raised:
        answer_in(reply, SOURCE)
    assert len(raised.value.reason) < 100


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "answered with nothing"),
        (" \n\t", "answered with nothing"),
        ('""', "answered with nothing"),
        ("```\n```", "answered with nothing"),
        ("Sure! Here is the corrected sentence:", "answered with nothing"),
        ("<think>She", "its answer ends in its reasoning"),
        ("She.\n<think>Or", "its answer ends in its reasoning"),
        ("<|channel|>analysis<|message|>She", "its answer ends in its reasoning"),
        ("<think>She</think>", "answered with its reasoning alone"),
        ("She\n</think>\n", "answered with its reasoning alone"),
    ],
)
def test_a_reply_without_an_answer_says_why(reply: str, reason: str) -> None:
    with pytest.raises(SystemFailure) as raised:
        answer_in(reply, SOURCE)
    assert raised.value.reason.startswith(reason)


@pytest.mark.parametrize("answer", [MARKDOWN, f'"{TARGET}"', f"Answer: {TARGET}", "```\nx\n```"])
def test_without_a_source_only_reasoning_is_taken_off(answer: str) -> None:
    assert answer_in(f"<think>hm</think>\n\n{answer}\n", None) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "Models write `<think>` and `</think>` around it.",
        "Models write <think> and </think> around it.",
        "```xml\n<think>\nx\n</think>\n```\nis the form.",
        "~~~\n<think>x\n~~~\nis not complete.",
    ],
)
def test_without_a_source_an_answer_may_speak_of_reasoning(answer: str) -> None:
    assert answer_in(answer, None) == answer


def test_without_a_source_only_a_short_refusal_is_one() -> None:
    refusal = "I'm sorry, but I can't help with that."
    with pytest.raises(SystemFailure, match="refused"):
        answer_in(refusal, None)
    letter = refusal + " " + "Here is what can be done instead, step by step. " * 20
    assert answer_in(letter, None) == letter.strip()


@pytest.mark.parametrize("reply", listed(PREFACED + WRAPPED + REASONED + REFUSED))
def test_cleaning_can_be_off(reply: str) -> None:
    assert answer_in(reply, SOURCE, clean=False) == reply.strip()


def test_what_is_extracted_is_cleaned_unless_that_is_off() -> None:
    reply = f'<think>x</think>Hm. <answer>"{TARGET}"</answer> Bye.'
    extract = Extract(tags="answer")
    assert answer_in(reply, SOURCE, extract=extract) == TARGET
    assert answer_in(reply, SOURCE, extract=extract, clean=False) == f'"{TARGET}"'
    assert answer_in(reply, None, extract=extract) == f'"{TARGET}"'


def test_reasoning_in_the_tags_that_are_extracted_is_an_answer() -> None:
    reply = f"<think>{TARGET}</think>"
    assert answer_in(reply, SOURCE, extract=Extract(tags="think")) == TARGET


def test_a_refusal_without_the_tags_is_named_as_one() -> None:
    with pytest.raises(SystemFailure, match=r"^refused"):
        answer_in("I can't help with that.", SOURCE, extract=Extract(tags="answer"))


@pytest.mark.parametrize("reply", ["Sentiment: positive", "**Label:** positive", '"positive"'])
def test_a_label_is_found(reply: str) -> None:
    assert answer_in(reply, "What a great film!") == "positive"


@pytest.mark.parametrize("label", ["No errors", "no error", "correct", "unable", "sorry"])
def test_a_label_is_not_a_verdict_or_refusal(label: str) -> None:
    assert answer_in(label, SOURCE) == label


@pytest.mark.parametrize("source", ["", " ", '"', "**"])
def test_a_source_without_words_is_like_nothing(source: str) -> None:
    long = f"{TARGET} " * 8
    assert answer_in(f"{TARGET}\n{long}", source) == f"{TARGET}\n{long}".strip()


def test_a_reply_with_too_many_wrappings_is_left_as_it_is() -> None:
    reply = "**`" * 20 + TARGET + "`**" * 20
    assert answer_in(reply, SOURCE) == reply
