"""The public interface: the names that users import."""

import pytest

import consort
import ensemble
import evaluation
from ensemble import load_combiner
from evaluation.errors import InputError

NAMES = [(package, name) for package in (consort, ensemble, evaluation) for name in package.__all__]


@pytest.mark.parametrize(
    ("package", "name"), NAMES, ids=lambda value: getattr(value, "__name__", value)
)
def test_every_public_name_is_there(package, name):
    assert getattr(package, name) is not None


def test_another_name_is_an_attribute_error():
    for package in (consort, ensemble, evaluation):
        with pytest.raises(AttributeError, match="nonsense"):
            package.nonsense  # noqa: B018


def test_an_unknown_combiner_is_an_error_that_names_those_there_are():
    with pytest.raises(InputError, match="no combiner 'nonsense'; available: agreement"):
        load_combiner("nonsense")
