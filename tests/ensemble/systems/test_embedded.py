"""The embedded correctors: the real packages, on planted errors, as functions and as processes."""

import asyncio
import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ensemble.candidates import collect
from ensemble.combiners.base import combine
from ensemble.systems import Answer, System, ask
from ensemble.systems.embedded import CORRECTORS
from ensemble.systems.roster import read_roster
from evaluation.records import Segment

ROSTER = Path(__file__).parents[3] / "configs" / "systems" / "embedded.yaml"
PACKAGES = {
    "harper": "harper",
    "quire": "quire_grammar_model",
    "symspell": "symspellpy",
    "pyspellchecker": "spellchecker",
    "textblob": "textblob",
}
MISSING = [package for package in PACKAGES.values() if not importlib.util.find_spec(package)]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"consort[demo] is not installed: {MISSING}"),
    # TextBlob leaves its word list open for the garbage collector.
    pytest.mark.filterwarnings("ignore:.*en-spelling:pytest.PytestUnraisableExceptionWarning"),
]

PLANTED = {
    "harper": {
        "He go to the the market , and buy an banana .": (
            "He goes to the market , and buy a banana ."
        ),
        "They was happy with teh rezults.": "They were happy with the results.",
        "I could of done it better then him.": "I could have done it better than him.",
        "Its a beautifull day and i know.": "It's a beautiful day and I know.",
    },
    "quire": {
        "He said the the same .": "He said the same .",
        "I has recieved you're letter.": "I have recieved your letter.",
        "I could of done it better then him .": "I could have done it better than him .",
    },
    "symspell": {
        "They was happy with teh rezults.": "They was happy with the results.",
        "Thier house is beautifull , is n't it ?": "Their house is beautiful , is n't it ?",
    },
    "pyspellchecker": {
        "They was happy with teh rezults.": "They was happy with the results.",
        "Thier house is beautifull , is n't it ?": "Their house is beautiful , is n't it ?",
    },
    "textblob": {
        "GOVERMENT": "GOVERNMENT",
        "I has recieved it yesterday.": "I has received it yesterday.",
    },
}

UNTOUCHED = [
    "",
    "   ",
    "The weather is lovely today.",
    "  Two  spaces ,\tand a tree .  ",
    "She does n't know that it 's late .",
    "Mail me at jane@example.com or see https://example.com/a?b=c_d .",
    "12,345.67 % … — “ ” 🙂",
    "See http://t.co/abc?x=1&y=2 and www.exmaple.com/teh now.",
    "Write to jon.smth@exmaple.org or @jhon.",
    "Type `evry teh` and $x_{i} = recieve$ here.",
    "Hello {usre_naem}, %(tiem)s <recieved> ${teh} is #teh_tag.",
]


@pytest.mark.parametrize(
    ("corrector", "source", "corrected"),
    [(name, *pair) for name, pairs in PLANTED.items() for pair in pairs.items()],
)
def test_planted_errors_are_corrected(corrector: str, source: str, corrected: str) -> None:
    assert CORRECTORS[corrector](source) == corrected


@pytest.mark.parametrize("source", UNTOUCHED)
@pytest.mark.parametrize("corrector", CORRECTORS)
def test_what_is_right_stays_as_it_is(corrector: str, source: str) -> None:
    assert CORRECTORS[corrector](source) == source


@pytest.mark.parametrize("corrector", ["harper", "symspell", "pyspellchecker"])
def test_names_are_left_alone(corrector: str) -> None:
    source = "We met Kowalski in Zakopane ."
    assert CORRECTORS[corrector](source) == source


@pytest.mark.parametrize(
    "source", ["x" * 5_000, "e\u0301" * 1_000, "Die Katze saß auf dem Tisch ."]
)
@pytest.mark.parametrize("corrector", CORRECTORS)
def test_odd_text_is_answered_with_one_line(corrector: str, source: str) -> None:
    assert "\n" not in CORRECTORS[corrector](source)


@pytest.fixture(scope="module")
def talk() -> Callable[[list[str]], list[dict[str, Answer]]]:
    """Start the shipped roster, ask every source in turn, stop it."""

    async def conversation(sources: list[str]) -> list[dict[str, Answer]]:
        systems: list[System] = read_roster(ROSTER).systems()
        await asyncio.gather(*(system.start() for system in systems))
        try:
            assert {system.name: system.health.reason for system in systems} == dict.fromkeys(
                PACKAGES
            )
            return [await ask(systems, source, 30) for source in sources]
        finally:
            await asyncio.gather(*(system.stop() for system in systems))

    return lambda sources: asyncio.run(conversation(sources))


def test_as_processes_they_say_what_the_functions_say(
    talk: Callable[[list[str]], list[dict[str, Answer]]],
) -> None:
    sources = ["I has recieved you're letter .", "Teh end.\r\nHe go home.", "  spaces  "]
    first, two_lines, spaces = talk(sources)
    for name, correct in CORRECTORS.items():
        assert first[name].text == correct(sources[0])
        assert two_lines[name].text == "\r\n".join(map(correct, sources[1].split("\r\n")))
        assert spaces[name].text == "  spaces  "


def test_a_missing_package_ends_the_process_with_what_to_install() -> None:
    script = (
        "import sys; sys.modules['symspellpy'] = None; sys.argv = ['embedded', 'symspell']\n"
        "from ensemble.systems.embedded import main\n"
        "main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.strip() == "symspellpy is not installed: pip install 'consort[demo]'"


def test_an_unknown_corrector_is_refused() -> None:
    command = [sys.executable, "-m", "ensemble.systems.embedded", "nobody"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "invalid choice: 'nobody'" in ended.stderr


def test_a_text_full_of_unknown_words_is_left_alone_after_the_first_few() -> None:
    pytest.importorskip("spellchecker", reason="pyspellchecker is in consort[demo]")
    words = [f"abc{letter}{other}q" for letter in "abcdef" for other in "abcdef"]
    corrected = CORRECTORS["pyspellchecker"](" ".join([*words, "recieved"]))
    assert corrected.endswith(" recieved")
    assert CORRECTORS["pyspellchecker"]("recieved") == "received"


EXAMPLES = [
    "There are a lot of people who believe that the earth is flat, don't they?",
    "Yesterday I bought an apple and an orange from the shop across the street.",
    "I would have come on Monday, but I didn't have an umbrella and it was raining a lot.",
]


def test_the_examples_of_the_playground_come_out_right() -> None:
    script = (ROSTER.parents[2] / "service" / "web" / "examples.js").read_text(encoding="utf-8")
    edits = script.partition("const EDITS = [")[2].partition("]")[0]
    sources = re.findall(r'"(.*?)"', edits)
    vote = read_roster(ROSTER).vote()
    for source, expected in zip(sources, EXAMPLES, strict=True):
        answers = {name: correct(source) for name, correct in CORRECTORS.items()}
        assert combine(collect(Segment(source, answers), "edits"), vote).text == expected
