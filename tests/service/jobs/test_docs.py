"""What docs/jobs.md shows, run against a service with a worker."""

import re
import socket
import subprocess
import threading
from pathlib import Path

import uvicorn

from service.api.app import create_app
from service.core.settings import Settings

DOCS = (Path(__file__).parents[3] / "docs" / "jobs.md").read_text(encoding="utf-8")


def test_jobs_are_followed_their_files_read_and_what_they_trained_registered(
    tmp_path: Path,
) -> None:
    blocks = re.findall(r"<!-- test: jobs -->\n```sh\n(.*?)```", DOCS, re.DOTALL)
    roster = tmp_path / "roster.yaml"
    roster.write_text('version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n')
    app = create_app(Settings(roster=roster, state=tmp_path / "state"))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        port = f"127.0.0.1:{listening.getsockname()[1]}"

        def run(block: str) -> str:
            script = ["bash", "-euc", block.replace("127.0.0.1:8000", port)]
            done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, timeout=90)
            assert done.returncode == 0, done.stderr
            return done.stdout

        try:
            followed, registered = map(run, blocks)
        finally:
            server.should_exit = True
            thread.join()
    assert '"state":"succeeded"' in followed
    assert followed.endswith("He goes to school .\nI have an apple .\n")
    assert '"aliases":["champion"]' in registered
    assert '"text":"He goes to school twice ."' in registered
    assert registered.endswith("He goes to school again .\n")
