"""Kinds of errors in English sentences: the places where each can be made, and its form."""

import random
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Place(NamedTuple):
    """Characters `[start, end)` of a sentence and the error to be written there."""

    start: int
    end: int
    wrong: str


Kind = Callable[[str, random.Random], Iterator[Place]]
"""Finds the places of a sentence where an error of a kind can be made."""


def _spelling(sentence: str, generator: random.Random) -> Iterator[Place]:
    """One letter too few, too many, another, or two in the wrong order."""
    for match in re.finditer(r"\b[a-z]{5,}\b", sentence):
        yield Place(*match.span(), _misspell(match.group(), generator))


def _misspell(word: str, generator: random.Random) -> str:
    k = generator.randrange(1, len(word) - 1)
    letter = generator.choice("abcdefghijklmnopqrstuvwxyz")
    return generator.choice(
        (
            word[:k] + word[k + 1 :],
            word[:k] + word[k] + word[k:],
            word[:k] + letter + word[k + 1 :],
            word[:k] + word[k + 1] + word[k] + word[k + 2 :],
        )
    )


def _capital(sentence: str, _: random.Random) -> Iterator[Place]:
    """A sentence, a day or `I` without its capital."""
    for match in re.finditer(r"^[A-Z](?=[a-z ])|\bI\b(?!')|\b[A-Z](?=[a-z]+day\b)", sentence):
        yield Place(*match.span(), match.group().lower())


def _doubled(sentence: str, _: random.Random) -> Iterator[Place]:
    for match in re.finditer(r"(?<=[a-z] )[a-z]+(?= [a-z])", sentence):
        yield Place(*match.span(), f"{match.group()} {match.group()}")


def _missing_comma(sentence: str, _: random.Random) -> Iterator[Place]:
    for match in re.finditer(r",(?= [a-z])", sentence):
        yield Place(*match.span(), "")


def _superfluous_comma(sentence: str, _: random.Random) -> Iterator[Place]:
    for match in re.finditer(r"\b(?:the|that|not|and|for|of|to)( )(?=[a-z])", sentence):
        yield Place(*match.span(1), ", ")


def _article(sentence: str, _: random.Random) -> Iterator[Place]:
    for match in re.finditer(r"\b(an?)(?= [a-z])", sentence):
        yield Place(*match.span(), "a" if match.group() == "an" else "an")


def _missing_article(sentence: str, _: random.Random) -> Iterator[Place]:
    for match in re.finditer(r"(?<= )(?:a|an|the) (?=[a-z])", sentence):
        yield Place(*match.span(), "")


def _agreement(sentence: str, _: random.Random) -> Iterator[Place]:
    """A verb in the form of another person: `he go`, `they goes`."""
    for match in re.finditer(r"(?i)\b(he|she|it) ([a-z]{2,}[^s]s)\b(?!')", sentence):
        verb = match.group(2)
        yield Place(*match.span(2), re.sub(r"(?<=[osxh])es$|s$", "", verb))
    for match in re.finditer(r"(?i)\b(?:they|we|you) ([a-z]{2,}[^sd'])(?= [a-z])", sentence):
        if match.group(1) not in _NOT_INFLECTED:
            yield Place(*match.span(1), match.group(1) + "s")


_NOT_INFLECTED = set(
    """are were have can may will must do did went gave took came knew saw bought ate wrote made
    should not also both all then now never always often just only even ever began felt left lost
    kept sent spent thought got""".split()
)


def _swapped(pairs: dict[str, str]) -> Kind:
    """Return the kind in which one word or phrase is written for another, whatever its capital."""
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(pairs, key=len, reverse=True))})\b(?!')", re.I)

    def places(sentence: str, _: random.Random) -> Iterator[Place]:
        for match in pattern.finditer(sentence):
            right = match.group()
            wrong = pairs.get(right) or pairs.get(right.lower(), right)
            yield Place(*match.span(), wrong.capitalize() if right[0].isupper() else wrong)

    return places


def _pairs(text: str, *, both: bool = False) -> dict[str, str]:
    """Read `right=wrong` pairs, `_` for a space; the other way round as well where `both`."""
    pairs = [pair.replace("_", " ").split("=") for pair in text.split()]
    return {a: b for right, wrong in pairs for a, b in [(right, wrong), (wrong, right)][: 1 + both]}


KINDS: dict[str, Kind] = {
    "spelling": _spelling,
    "misspelling": _swapped(
        _pairs(
            """receive=recieve believe=beleive separate=seperate definitely=definately which=wich
            government=goverment across=accross people=peple tomorrow=tommorow because=becuase
            beginning=begining different=diffrent necessary=neccessary really=realy until=untill
            beautiful=beatiful restaurant=restaurent library=libary friend=freind friends=freinds
            interesting=intresting successful=succesful address=adress occurred=occured
            business=buisness calendar=calender finally=finaly environment=enviroment their=thier
            language=langauge colleague=collegue argument=arguement example=exemple second=secound
            possible=posible immediately=immediatly probably=probaly knowledge=knowlege
            neighbour=nieghbour therefore=therefor particular=particuler similar=similiar
            returned=retuned without=withot already=allready sentence=sentance weird=wierd"""
        )
    ),
    "capital": _capital,
    "apostrophe": _swapped(
        _pairs(
            """don't=dont doesn't=doesnt didn't=didnt isn't=isnt can't=cant couldn't=couldnt
            wasn't=wasnt I'm=Im it's=its its=it's you're=your won't=wont that's=thats
            haven't=havent aren't=arent"""
        )
    ),
    "article": _article,
    "missing article": _missing_article,
    "agreement": _agreement,
    "to be": _swapped(_pairs("is=are was=were has=have doesn't=don't", both=True)),
    "past tense": _swapped(
        _pairs(
            """bought=buyed went=goed taught=teached caught=catched ate=eated wrote=writed
            took=taked made=maked found=finded gave=gived ran=runned lost=losed thought=thinked
            children=childs women=womans mice=mouses"""
        )
    ),
    "number": _swapped(
        _pairs(
            """two_oranges=two_orange three_books=three_book many_people=many_peoples
            two_days=two_day several_letters=several_letter four_tickets=four_ticket
            many_questions=many_question some_advice=some_advices much_information=many_information
            three_weeks=three_week"""
        )
    ),
    "doubled": _doubled,
    "missing comma": _missing_comma,
    "superfluous comma": _superfluous_comma,
    "confusion": _swapped(
        _pairs(
            """their=there there=their they're=their than=then then=than whether=weather
            weather=wether lose=loose accept=except effect=affect affect=effect too=to
            could_have=could_of should_have=should_of would_have=would_of quiet=quite advice=advise
            piece=peace passed=past brakes=breaks"""
        )
    ),
    "joined": _swapped(
        _pairs(
            """a_lot=alot as_well=aswell in_fact=infact at_least=atleast of_course=ofcourse
            in_front=infront no_one=noone each_other=eachother thank_you=thankyou"""
        )
    ),
}
"""Every kind of error, by name."""
