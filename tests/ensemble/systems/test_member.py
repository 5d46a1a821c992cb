"""A trained member that asks the embedded tagger loads it before it is ready."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from ensemble.diversity import artefact
from ensemble.diversity.data import tagger
from ensemble.systems.member import MemberSystem


@pytest.mark.parametrize(("levels", "asked"), [((0.5, 0.9), ["This is a test ."]), ((), [])])
def test_the_tagger_is_loaded_at_the_start(
    monkeypatch: pytest.MonkeyPatch, levels: Sequence[float], asked: list[str]
) -> None:
    member = SimpleNamespace(levels=levels, versions=(), others=())
    sources: list[str] = []
    system = MemberSystem("mine", Path("folder"), None)

    def versions(texts: Sequence[str], given: Sequence[float]) -> None:
        assert system.health.state == "starting"
        assert given == levels
        sources.extend(texts)

    monkeypatch.setattr(artefact, "read", lambda folder: (member, None, None))
    monkeypatch.setattr(tagger, "versions", versions)
    asyncio.run(system.start())
    assert system.health.state == "ready"
    assert sources == asked
