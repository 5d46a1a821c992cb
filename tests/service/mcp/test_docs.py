"""What docs/mcp.md shows is true: its configurations start the server, and its tools are these."""

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters

from tests.service.mcp.connection import ROOT, ROSTER, connected

PAGE = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
CONFIGURATIONS = re.findall(r"<!-- test: mcp -->\n```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("number", range(2))
def test_the_configuration_starts_the_server(number: int, tmp_path: Path) -> None:
    pytest.importorskip("harper", reason="the embedded correctors are in consort[demo]")
    (tmp_path / "roster.yaml").write_text(ROSTER)
    (tmp_path / "service.yaml").write_text("version: 1\n")
    entry = json.loads(CONFIGURATIONS[number])["mcpServers"]["consort"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    assert shutil.which(entry["command"], path=path)
    variables = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    server = StdioServerParameters(**entry, env=variables, cwd=tmp_path)
    running = connected(server, tmp_path)
    client = next(running)
    try:
        corrected: Any = client.call("check", text="I has a apple.").structured_content
        assert corrected["text"] == "I have an apple."
        tools = [tool.name for tool in client.run(client.client.list_tools()).tools]
    finally:
        running.close()
    table = PAGE.partition("| tool | takes | returns |\n")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.M) == tools
