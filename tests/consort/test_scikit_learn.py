"""The combiner of labels is a classifier of scikit-learn: its own checks say so, and all pass.

Some checks do not apply, by the tags: those of sample weights, several outputs and several labels,
which `fit` does not take; those that X without numbers is refused, as missing labels are a part of
the data; that `fit` needs y; and that a classifier of made-up features is often right
(`poor_score`): a combiner takes a label that systems gave, and those features are not labels.
"""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

import consort
from tests.consort.outputs import labels, without

TRAINED = {
    "check_estimators_pickle",
    "check_fit_idempotent",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_classifiers_one_label",
    "check_fit2d_1sample",
}
"""The checks that are run with training too: the others do not depend on the combiner."""


@parametrize_with_checks([consort.LabelCombiner("vote")])
def test_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@parametrize_with_checks([consort.LabelCombiner()])
@pytest.mark.filterwarnings("ignore:neural cannot learn")
def test_the_checks_that_depend_on_training(estimator, check):
    name = getattr(check, "func", check).__name__
    if name in TRAINED and not getattr(check, "keywords", {}):
        check(estimator)


@pytest.fixture(scope="module")
def xy():
    frame = pytest.importorskip("pandas").DataFrame(labels())
    return frame.drop(columns="label"), frame["label"]


@pytest.mark.parametrize("combiner", ["vote", "dawid-skene", "neural"])
def test_it_is_cross_validated(xy, combiner):
    frame, right = xy
    scores = cross_val_score(consort.LabelCombiner(combiner), frame, right, cv=3)
    assert scores.mean() > 0.5
    as_array = cross_val_score(consort.LabelCombiner(combiner), frame.to_numpy(), right, cv=3)
    assert as_array.tolist() == scores.tolist()


def test_it_is_searched_over_in_a_pipeline(xy):
    keep = FunctionTransformer(lambda frame: frame)
    steps = Pipeline([("keep", keep), ("combine", consort.LabelCombiner())])
    search = GridSearchCV(steps, {"combine__combiner": ["vote", "dawid-skene"]}, cv=3).fit(*xy)
    assert search.best_params_["combine__combiner"] in ("vote", "dawid-skene")
    assert set(search.predict(xy[0])) <= set(search.classes_)


@pytest.mark.parametrize("make", [consort.Combiner, consort.LabelCombiner])
def test_a_clone_is_not_fitted(make):
    fitted = make("dawid-skene", label_case="ignore").fit(without(labels(), "label"))
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError, match="fit_predict"):
        copy.predict(labels())


def test_parameters_are_stored_as_they_are_given():
    outputs = ["a", "b*"]
    combiner = consort.Combiner("vote:k=2", kind="edits", outputs=outputs)
    assert combiner.outputs is outputs
    assert repr(combiner) == "Combiner(combiner='vote:k=2', kind='edits', outputs=['a', 'b*'])"
    assert combiner.set_params(kind="texts").kind == "texts"


def test_the_tags_say_what_data_may_be():
    tags = get_tags(consort.LabelCombiner())
    assert tags.input_tags.string
    assert tags.input_tags.allow_nan
    assert not tags.target_tags.required


def test_a_sparse_array_is_refused():
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match="parse"):
        consort.LabelCombiner("vote").fit(csr_array(np.eye(3)), [0, 1, 1])
