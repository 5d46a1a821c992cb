"""Texts checked sentence by sentence: who is turned away, and who waits."""

import asyncio
from pathlib import Path

import pytest

from ensemble.roster import read_roster
from service.engine import Engine
from service.languagetool.checking import Checker
from service.languagetool.rules import Selection
from service.limits import Busy
from service.settings import Settings


def test_a_text_not_begun_is_turned_away(tmp_path: Path) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text('version: 1\nsystems: [{name: upper, callable: "builtins:str.upper"}]\n')
    engine = Engine(read_roster(path), Settings(roster=path, asking_at_once=1))

    async def scenario() -> None:
        with engine._asking.enter(), pytest.raises(Busy):
            await Checker(engine, "vote", 10).check("One.\nTwo.", Selection())

    asyncio.run(scenario())
