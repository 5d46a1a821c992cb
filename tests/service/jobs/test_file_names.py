"""Names of input files: all that are accepted together can be written to a folder, and read."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from service.jobs import results
from service.jobs.file_names import LONGEST_PART, Files

FILES = TypeAdapter(Files)

# Few letters, so that names meet; marks that combine, letters of up to four bytes, and what leads
# out of a folder or ends a name.
PARTS = st.one_of(
    st.text("aA1 .+-_é\u0301\U00020000ß\0/\\\n", max_size=4),
    st.sampled_from(["a", "b", "given", "results", "config.yaml", ".", ".."]),
    st.builds(
        lambda letter, times: letter * times, st.sampled_from("aé語\U00020000"), st.integers(0, 200)
    ),
)
NAMES = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


@example({"a": "1", "a/b": "2"})
@example({"a/b/c/d": "1", "a/b": "2"})
@example({"é" * 190 + ".txt": "1"})
@example({"x": "1", "X": "2", "é": "3", "e\u0301": "4"})
@given(
    st.dictionaries(
        NAMES, st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=4
    )
)
def test_accepted_names_can_be_written_and_read(files: dict[str, str]) -> None:
    try:
        accepted = FILES.validate_python(files)
    except ValidationError:
        return
    with TemporaryDirectory() as folder:
        results.prepare(Path(folder), {name: text.encode() for name, text in accepted.items()})
        given = Path(folder) / "given"
        read = {
            path.relative_to(given).as_posix(): path.read_bytes().decode()
            for path in given.rglob("*")
            if path.is_file()
        }
    assert read == files


@pytest.mark.parametrize(
    ("names", "code", "detail"),
    [
        (["a", "a/b"], "conflicting-fields", "'a', which is also the folder of 'a/b': rename"),
        (["x/y/z", "x"], "conflicting-fields", "'x', which is also the folder of 'x/y/z'"),
        (["é" * 190 + ".txt"], "text-too-long", "384 bytes in UTF-8; the limit is 255: shorten"),
        (["語" * 86 + "/a"], "text-too-long", "258 bytes in UTF-8"),
        (["a."], "invalid-value", "is not a plain file name"),
        (["a/"], "invalid-value", "is not a plain file name"),
    ],
)
def test_names_that_cannot_be_written_are_refused(names: list[str], code: str, detail: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        FILES.validate_python(dict.fromkeys(names, ""))
    (fault,) = refusal.value.errors()
    assert fault["type"] == code
    assert detail in fault["msg"]


def test_the_longest_name_is_accepted() -> None:
    name = "語" * (LONGEST_PART // 3)
    assert FILES.validate_python({name: ""}) == {name: ""}
