"""Clean English sentences of two registers, without a data set: everyday ones and documentation.

The everyday ones are made from frames written for this project; those of documentation are
found in what the packages of `consort[demo]` and Python itself say of themselves. Two sets,
0 and 1, share neither frames nor documents.
"""

import ast
import random
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_SENTENCE = re.compile(r"(?<!\S)[A-Z][a-z']*(?:,? [A-Za-z][a-z']*(?:-[a-z]+)?){5,24}[.!?](?=\s|$)")
_SOURCES = (("email", "http", "asyncio", "logging", "unittest", "tkinter"), ("nltk",))


def sentences(number: int, size: int, seed: int) -> list[str]:
    """Return `size` different sentences of set `number`, half of them everyday, shuffled."""
    generator = random.Random(seed)
    documents = sorted(set(_documented(number)))
    everyday = sorted(set(_everyday(number, generator, 8 * size)))
    half = size // 2
    chosen = generator.sample(everyday, half) + generator.sample(documents, size - half)
    generator.shuffle(chosen)
    return chosen


def _documented(number: int) -> Iterator[str]:
    for package in _SOURCES[number]:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ImportError(f"{package} is not installed: pip install 'consort[demo]'")
        for path in sorted(Path(spec.origin).parent.rglob("*.py")):
            for text in _docstrings(path.read_text(encoding="utf-8", errors="ignore")):
                for paragraph in re.split(r"\n\s*\n", text):
                    yield from _SENTENCE.findall(" ".join(paragraph.split()))


def _docstrings(code: str) -> Iterator[str]:
    try:
        nodes = ast.walk(ast.parse(code))
    except SyntaxError:
        return
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def _everyday(number: int, generator: random.Random, tries: int) -> Iterator[str]:
    frames = _FRAMES[number::2]
    for _ in range(tries):
        text = generator.choice(frames)
        for slot in re.findall(r"\{(\w+)\}", text):
            word = generator.choice(_SLOTS[slot].split("|")[number::2])
            text = text.replace(f"{{{slot}}}", word, 1)
        yield text[0].upper() + text[1:]


_SLOTS = {
    "he": "he|she|my brother|my sister|the teacher|our neighbour|the doctor|her colleague",
    "they": "they|we|my parents|the children|our friends|the students|my neighbours|those women",
    "a": "an apple|an umbrella|a newspaper|a ticket|an orange|an email|a bicycle|a present"
    "|an interesting book|an old map|a beautiful picture|a red coat",
    "the": "the meeting|the government|the kitchen|the company|the library|the restaurant"
    "|the environment|the hospital|the station|the lesson|the business|the journey",
    "in": "at the station|in the library|across the street|at school|near the river"
    "|in the restaurant|behind the house|at the office|in the garden|at home",
    "when": "yesterday|last week|on Monday|this morning|on Friday|last summer|two days ago"
    "|three weeks ago|on Sunday|last night",
    "how": "really|definitely|probably|certainly|usually|hardly|finally|immediately",
    "good": "interesting|beautiful|necessary|different|expensive|difficult|successful|possible"
    "|strange|important|cheap|quiet",
    "do": "explain the problem|answer the question|write a letter|visit their friends|learn Spanish"
    "|receive the letter|call the police|change the address|clean the windows|pay the bill",
}

_FRAMES = (
    "{he} bought {a} and two oranges {when}.",
    "{they} went to {the} because it was {good}.",
    "{he} doesn't know whether {the} will be {good}.",
    "{they} don't believe that {the} is {good}.",
    "I think there are a lot of people {in}.",
    "There were many people {in}, but no one could {do}.",
    "If you want to {do}, you should ask first.",
    "When the weather is bad, {they} stay at home.",
    "{he} goes to {the} every day and takes {a} with him.",
    "Every day, he works {in} and writes three books a year.",
    "They are going to {do}, aren't they?",
    "It's {how} {good}, isn't it?",
    "{he} was late, so {they} had to {do} without him.",
    "We have already seen {the}, and it was {good}.",
    "She has never been {in}, but she wants to {do}.",
    "Their house is bigger than {the}, in fact.",
    "{they} could have found {a} {in}.",
    "You should have asked {they} before you went to {the}.",
    "{they} like {the} a lot, and {he} likes it as well.",
    "{he} would have waited in front of {the}, at least for two days.",
    "She likes cooking a lot, but {they} don't.",
    "There was a lot of noise {in}, so {they} could not {do}.",
    "I'm sure that {he} will {do} tomorrow.",
    "I can't find {a}, and I don't know where it is.",
    "Of course, {they} were {how} happy with the result.",
    "At least {he} gave us some advice {when}.",
    "My friends and I have lost {a} {in}.",
    "You're right that we need much information to {do}.",
    "The children ate {a} and ran across the street.",
    "The women taught {they} to {do}, and it was {good}.",
    "He would like to {do}, but it's too {good}.",
    "Would you like to {do} with us on Sunday?",
    "Yesterday, we took {a} with us and waited {in}.",
    "Finally, she thought that {the} was too {good} for them.",
    "They have several letters to write, and then they {how} sleep.",
    "We have four tickets for {the}, so you can come as well.",
    "That's why {he} didn't want to {do}.",
    "{he} hasn't received {a} from {the} until now.",
    "It is {good} to {do}, especially when they're tired.",
    "There is {a} {in}, and its colour is {good}.",
    "He says that he knows {the} and likes it very much.",
    "She asks whether they accept {a} {in}.",
    "Thank you for {a} that you gave me {when}.",
    "They love each other, although their parents don't like it.",
)
