"""Expects errors by their codes, so that messages can be reworded."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from evaluation.errors import ConsortError


@contextmanager
def raises_code(
    code: str, kind: type[ConsortError] = ConsortError
) -> Iterator[pytest.ExceptionInfo[ConsortError]]:
    """Expect an error of this kind and code; yields what `pytest.raises` does."""
    with pytest.raises(kind) as error:
        yield error
    assert error.value.code == code
