"""Places in what was sent, against the encoding that they are counted in."""

from hypothesis import given
from hypothesis import strategies as st

from service.languagetool.document import Part, fault, read, units

TEXTS = st.text(alphabet=st.sampled_from("ab \r\n\u0301\u200d\N{RED APPLE}\U0001f468é"), max_size=8)
PARTS = st.lists(
    st.one_of(TEXTS.map(Part), st.builds(Part, st.sampled_from(["", "\n", "--"]), TEXTS)),
    max_size=6,
)


@given(st.text())
def test_units_are_those_of_utf_16(text: str) -> None:
    if fault(text) != "lone surrogate":
        assert units(text) == len(text.encode("utf-16-le")) // 2


@given(PARTS, st.data())
def test_a_place_in_the_text_is_its_place_in_what_was_sent(
    parts: list[Part], data: st.DataObject
) -> None:
    document = read(parts)
    assert document.text == "".join(part.text for part in parts)
    sent = "".join(part.text if part.markup is None else part.markup for part in parts)
    encoded = sent.encode("utf-16-le")
    for index, character in enumerate(document.text):
        offset, length = document.place(index, index + 1)
        found = encoded[2 * offset : 2 * (offset + length)].decode("utf-16-le")
        if document.written[index]:
            assert found == character
        else:
            assert found in {part.markup for part in parts}
    if document.text:
        end = data.draw(st.integers(1, len(document.text)))
        start = data.draw(st.integers(0, end - 1))
        offset, length = document.place(start, end)
        assert offset == document.begins[start]
        assert offset + length == document.ends[end - 1]


def test_what_no_system_can_be_sent() -> None:
    assert fault("fine \N{RED APPLE}") is None
    assert fault("a\x00") == "NUL character"
    assert fault("\ud83c") == "lone surrogate"
