"""The combiner of labels as a classifier of scikit-learn: each feature is the label of a system."""

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from consort.applying import reader
from consort.classes import Classes, label_text, output_of
from consort.combiner import Combiner
from consort.learning import Labels, references_of
from consort.probabilities import with_cells
from consort.tables import Table, is_frame, table_of
from ensemble.candidates import Kind
from ensemble.candidates.labels import LabelCase
from ensemble.combiners.trainable import Trainable
from evaluation.data.layout import Roles
from evaluation.data.rows import segments_of_rows
from evaluation.errors import InputError
from evaluation.records import Segment

if TYPE_CHECKING:
    from ensemble.training.artefact import Record


class LabelCombiner(ClassifierMixin, Combiner):  # type: ignore[misc]
    """Combines the labels that several classifiers gave: a classifier of scikit-learn.

    X is an array (samples, systems) of labels, or a `DataFrame` of them: texts, integers or other
    values, missing where a system gave none; in a frame, also class probabilities as dictionaries.
    Class probabilities may be matrices too, as `predict_proba` returns them: a dict of systems to
    arrays (samples, classes) or to frames with a column for each class, or one array (samples,
    systems, classes). Columns of arrays have the order of `classes_`.
    Every form of data of `Combiner` is taken too. `cross_val_score`, `GridSearchCV`, `Pipeline` and
    `clone` work.

    Args:
        combiner: the name of a combiner of labels: `neural`, `vote`, `dawid-skene`, ...
        source: the column of the texts that are classified, if any.
        outputs: the columns of systems, or patterns; by default all that have no other use.
        references: the columns of right labels, or patterns; not used where y is given.
        label_case: `ignore` where labels that differ in capitals are one label.
        adapt: whether a trained combiner also counts who agrees with whom in the data that it
            predicts, as `consort combine` does; the label of a sample then depends on the others.
        random_state: the seed of training; by default that of `consort train`.
        verbose: whether to show the progress, and remarks about the data.

    Attributes:
        systems_: the systems, of arrays and frames, in the order of their columns.
        classes_: the classes in ascending order: those of y, or without labels those of X.
        n_features_in_: the number of systems, of arrays and frames.
        feature_names_in_: their columns, of frames.
        combiner_: the fitted combiner, an `ensemble.Combiner`.
        is_trained_: whether it has learnt from labels.
    """

    kind: Kind | None = "labels"
    types = None
    context = None
    protect = True

    systems_: list[str]

    def __init__(
        self,
        combiner: str = "neural",
        *,
        source: str | None = None,
        outputs: str | Sequence[str] | None = None,
        references: str | Sequence[str] | None = None,
        label_case: LabelCase = "keep",
        adapt: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.combiner = combiner
        self.source = source
        self.outputs = outputs
        self.references = references
        self.label_case = label_case
        self.adapt = adapt
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: object, y: Any = None) -> Self:  # type: ignore[override]  # noqa: N803, ANN401
        """Learn from the labels of systems, and from the right ones `y` if there are any.

        Without y those in X count, if it has a column of them; with `()` they do not either.

        Raises:
            ValueError: X or y is not as it should be, or a combiner needs labels and has none.
        """
        for name in ("systems_", "n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)  # of an earlier fit to another form of data
        has_labels = not (y is None or (isinstance(y, Sequence) and not y))
        X = with_cells(X, lambda: np.unique(column_or_1d(y)) if has_labels else None)  # noqa: N806
        segments = self._segments(X, reset=True)
        if not has_labels:
            rows = references_of(segments, y)
            classes = self._seen(segments, rows, "labels") if rows else self._given(X, segments)
        else:
            right = column_or_1d(y, warn=True)
            assert_all_finite(right, input_name="y")
            check_classification_targets(right)
            classes = Classes(*_unique(right))
            rows = references_of(segments, map(label_text, right.tolist()))
        return self._learn(segments, "labels", Labels(rows), classes)

    def fit_predict(self, X: object, y: object = None) -> Any:  # noqa: N803, ANN401
        """Learn from X without labels, and return the class of each sample; y is not used."""
        return self.fit(X, ()).predict(X)

    def predict(self, X: object) -> NDArray[Any]:  # noqa: N803
        """Return the class of each sample, (samples,), of the type of `classes_`.

        It is the label that the combiner takes. Where that is not one of the classes, it is the
        most probable class; where no system gave a class, the most frequent one.

        Raises:
            NotFittedError: the combiner must first be fitted.
            ValueError: X does not have the systems of `fit`.
        """
        combinations = self.combinations(X)
        if self._known_classes is None:  # saved by the command line, which has texts alone
            return np.array([combination.text for combination in combinations], dtype=object)
        return self._known_classes.chosen(combinations, self.label_case)

    def combinations(self, X: object) -> Any:  # noqa: N803, ANN401
        """Return the output for each sample with the decision on each candidate."""
        self._check_fitted()
        cells = with_cells(X, self._fitted_classes)
        return super().combinations(self._segments(cells, reset=False))

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401
        """Return the tags of scikit-learn: X may have texts and missing values, y may be absent."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.categorical = tags.input_tags.allow_nan = True
        tags.target_tags.required = False
        # It takes one of the labels that systems gave: other numbers say nothing.
        tags.classifier_tags.poor_score = True
        return tags

    def _segments(self, data: object, reset: bool) -> list[Segment]:
        """Return the segments of `data`; `reset` in `fit`, where the systems become known."""
        if not _is_matrix(data):
            return list(reader(data, self._layout, "labels")())
        table, roles = self._table(data, reset)
        columns = set(roles.outputs.values())
        rows = (
            {name: output_of(value) if name in columns else value for name, value in row.items()}
            for row in table.rows
        )
        return list(segments_of_rows(table.place, rows, roles))

    def _table(self, data: Any, reset: bool) -> tuple[Table, Roles]:  # noqa: ANN401
        """Return an array or a frame as a table, checked as scikit-learn checks it."""
        if is_frame(data):
            table = table_of(data)
            roles = self._layout.roles(table.place, table.names)
            # A combiner that `consort train` saved does not say in which order systems stand.
            if reset or hasattr(self, "n_features_in_"):
                places = [table.names.index(column) for column in roles.outputs.values()]
                columns = data.iloc[:, places]
                validate_data(self, columns, reset=reset, skip_check_array=True)
        else:
            table = table_of(self._checked(data, reset))
            names = table.names if reset else self.systems_
            roles = Roles(None, dict(zip(names, table.names, strict=True)))
        if reset:
            self.systems_ = list(roles.outputs)
        return table, roles

    def _checked(self, data: object, reset: bool) -> NDArray[Any]:
        if not reset and not hasattr(self, "systems_"):
            listed = ", ".join(getattr(self.combiner_, "systems", ()))
            message = f"give a DataFrame: the systems are known by name alone, as {listed}"
            raise InputError("invalid-data", message)
        how = {"dtype": None, "ensure_all_finite": "allow-nan"}
        return np.asarray(validate_data(self, data, reset=reset, **how))

    def _facts(self) -> dict[str, Any]:
        """Return facts that are saved about the columns of X, if it was an array or a frame."""
        names = getattr(self, "feature_names_in_", None)
        columns = None if names is None else list(map(str, names))
        return {"systems": self.systems_, "columns": columns} if hasattr(self, "systems_") else {}

    def _take(self, combiner: Trainable, record: "Record") -> None:
        super()._take(combiner, record)
        if systems := record.config.get("systems"):
            self.systems_, self.n_features_in_ = systems, len(systems)
        if columns := record.config.get("columns"):
            self.feature_names_in_ = np.array(columns, dtype=object)

    def _given(self, data: Any, segments: Sequence[Segment]) -> Classes | None:  # noqa: ANN401
        """Return the classes among the labels of systems, of the type that they have in X."""
        if not _is_matrix(data):
            return self._seen(segments, (), "labels")
        table, roles = self._table(data, reset=False)
        cells = (row[column] for row in table.rows for column in roles.outputs.values())
        return Classes.of(chain.from_iterable(map(_labels_in, cells)))


def _labels_in(cell: object) -> Iterable[object]:
    """Return the label in a cell of X, or the labels that have a probability there."""
    return cell if isinstance(cell, Mapping) else [cell]


def _is_matrix(data: object) -> bool:
    """Return whether `data` is an array or a frame, or anything else that becomes an array."""
    if issparse(data):  # which is refused like any other by scikit-learn; some are mappings
        return True
    if isinstance(data, str | os.PathLike | Mapping) or hasattr(data, "column_names"):
        return False
    if isinstance(data, Sequence) and data:
        return not all(isinstance(row, Mapping | Segment) for row in data)
    return True


def _unique(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    values, counts = np.unique(labels, return_counts=True)
    return values, counts.astype(np.float64)
