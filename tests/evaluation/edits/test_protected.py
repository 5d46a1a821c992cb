"""What is not prose, what is, and how long it takes to tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.edits.protected import spans


def stretches(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See http://t.co/abc?x=1&y=2.", ["http://t.co/abc?x=1&y=2"]),
        ("(at https://en.example.org/wiki/Foo_(bar)).", ["https://en.example.org/wiki/Foo_(bar)"]),
        ("Go to www.exmaple.com, now.", ["www.exmaple.com"]),
        ("It is at exmaple.com/teh/path!", ["exmaple.com/teh/path"]),
        ("Ask exmaple.com or b.example.org.", ["exmaple.com", "b.example.org"]),
        ("看https://a.example/b。谢谢", ["https://a.example/b"]),
        ("Write to jon.smth@exmaple.org.", ["jon.smth@exmaple.org"]),
        ("Type `evry day` or ``a ` b``.", ["`evry day`", "``a ` b``"]),
        ("So:\n```py\nteh = 1\n```\nEnd.", ["```py\nteh = 1\n```"]),
        ("An open ``` fence\nis code", ["``` fence\nis code"]),
        (r"Let $x_{i}$ and \(teh\) and \[a\] be.", ["$x_{i}$", r"\(teh\)", r"\[a\]"]),
        ("$$a\n= b$$ holds", ["$$a\n= b$$"]),
        ("It cost $5 and then $6, or 7$.", []),
        ("Hi {name}, {{ usre }} ${teh} {}", ["{name}", "{{ usre }}", "${teh}", "{}"]),
        ("%s and %(usre)s of %d, 50% so", ["%s", "%(usre)s", "%d"]),
        ("<b>teh</b> &nbsp; <usre> <br />", ["<b>", "</b>", "&nbsp;", "<usre>", "<br />"]),
        ("3 < 4 and 5 > 2", []),
        ("@jhon likes #teh_tag, not C#.", ["@jhon", "#teh_tag"]),
        (
            "In /usr/lcoal/bin and ~/teh and src/mian.py.",
            ["/usr/lcoal/bin", "~/teh", "src/mian.py"],
        ),
        (r"Open C:\teh\file.txt now", [r"C:\teh\file.txt"]),
        ("Read REDME.md, please.", ["REDME.md"]),
        ("Use v2 or 1.2.3-beta.1, not 3.14.", ["v2", "1.2.3-beta.1"]),
        ("He and/or she, e.g. he/she/it. The U.S. won. Dr.Who is 1.5 m.", []),
        ("I go home.He stays. It's 5 p.m. now", []),
        ("", []),
    ],
)
def test_what_is_protected(text, expected):
    assert stretches(text) == expected


PIECES = [
    *"`$\\@#<>&{}%/:.~()[]-+'\" \n",
    *["```", "$$", "\\(", "\\[", "<a", "&a", "{{", "{%", "%(", "www.", "a://", "a.b", "a@b", "1.2"],
    *["word", "C:\\"],
]


@pytest.mark.slow
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text())
def test_stretches_are_in_order_and_not_empty(text):
    done = 0
    for start, end in spans(text):
        assert done <= start < end <= len(text)
        done = end


@given(st.lists(st.sampled_from(["the", "cat's", "well-known", "sat,", "10%", "No.", "I"])))
def test_prose_is_not_protected(words):
    assert spans(" ".join(words)) == []


REPEATED = [*PIECES, "a", "a.", "a/", "a-", "``a", "$a ", "/a", "<a b=", "1.", "1,", "a_", "é"]


@pytest.mark.timeout(60)  # in quadratic time it would be hours
@pytest.mark.parametrize("piece", REPEATED)
def test_the_time_is_linear(piece):
    text = (piece * 200_000)[:200_000]
    assert all(0 <= start < end <= len(text) for start, end in spans(text))
