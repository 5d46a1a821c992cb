"""The registry of the kinds of output: a new kind is one file and one row here."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from ensemble.candidates import Kind
from ensemble.diversity.policy.kinds.edits import Edits
from ensemble.diversity.policy.kinds.labels import Labels
from ensemble.diversity.policy.kinds.texts import Texts

KINDS: Mapping[Kind, type[Edits] | type[Texts] | type[Labels]] = {
    "edits": Edits,
    "texts": Texts,
    "labels": Labels,
}
"""The class of each kind."""

AnyKind = Annotated[Edits | Texts | Labels, Field(discriminator="kind")]
"""A kind with its settings as configurations and manifests write it: `{kind: labels, ...}`."""


def with_outputs(content: Any) -> Any:  # noqa: ANN401 - what a file has, before it is checked
    """Return `content` with `outputs` where it has the `unit` of edits, as before there were kinds.

    Raises:
        ValueError: it has both.
    """
    if not isinstance(content, Mapping) or "unit" not in content:
        return content
    if "outputs" in content:
        raise ValueError("`unit` is a setting of edits: write outputs: {kind: edits, unit: ...}")
    rest = {name: value for name, value in content.items() if name != "unit"}
    return {**rest, "outputs": {"kind": "edits", "unit": content["unit"]}}
