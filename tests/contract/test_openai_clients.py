"""Clients of OpenAI's API that nobody here wrote, unchanged, against a real server."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.api.app import create_app
from service.core.settings import Settings
from service.store import keys
from service.store.database import Database
from tests.contract.conftest import running
from tests.contract.panels import QUESTION, member, roster
from tests.model_server import ModelServer

MESSAGES: list[Any] = [{"role": "user", "content": QUESTION}]
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "f", "parameters": {}}}
PACKAGE = "openai@6.49.0"
NODE = Path(sys.prefix) / ".node-openai"


@pytest.fixture(scope="module")
def served(
    model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """The base of the API of a panel of three models, and a key for it."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "panel.yaml").write_text(roster(*(member(name, model_server) for name in "abc")))
    settings = Settings(roster=folder / "panel.yaml", state=folder, require_keys=True, poll_s=0.05)
    database = Database(settings.database_url)
    database.migrate()
    _, key = keys.create(database, "app", ["combine", "read"], None)
    database.close()
    with running(create_app(settings)) as url:
        yield f"{url}/v1", key


@pytest.fixture
def answering(models: ModelServer) -> ModelServer:
    """The models, which agree on Paris."""
    models.tell(a="says Paris", b="says Paris.", c="says Rome")
    return models


def client(served: tuple[str, str], **settings: Any) -> Any:
    openai = pytest.importorskip("openai")
    return openai.OpenAI(base_url=served[0], api_key=served[1], **settings)


def test_openai(served: tuple[str, str], answering: ModelServer) -> None:
    with client(served) as openai:
        names = [model.id for model in openai.models.list()]
        assert names[:2] == ["consort", "consort/panel"]
        assert openai.models.retrieve("consort/mbr").owned_by == "consort"
        done = openai.chat.completions.create(model="consort", messages=MESSAGES, temperature=0.2)
        [choice] = done.choices
        assert choice.message.content in ("Paris", "Paris.")
        assert (choice.message.role, choice.finish_reason) == ("assistant", "stop")
        assert (done.usage.prompt_tokens, done.usage.completion_tokens) == (30, 3)
        assert done.consort["degraded"] is False
        raw = openai.chat.completions.with_raw_response.create(model="consort", messages=MESSAGES)
        assert raw.parse().choices == done.choices
        assert raw.headers["x-request-id"] == raw.parse()._request_id
    assert {asked.body["temperature"] for asked in answering.asked} == {0.2, 0.0}


def test_openai_streams(served: tuple[str, str], answering: ModelServer) -> None:
    text = "Paris, on the Seine, is the capital of France."
    answering.tell(**dict.fromkeys("abc", f"says {text}"))
    request: Any = {"model": "consort", "messages": MESSAGES}
    usage = {"include_usage": True}
    with client(served) as openai:
        chunks = list(openai.chat.completions.create(**request, stream=True, stream_options=usage))
        pieces = [c.choices[0].delta.content or "" for c in chunks if c.choices]
        assert "".join(pieces) == text
        assert len(pieces) > 5
        assert chunks[-1].usage.total_tokens == 30 + 27
        with openai.chat.completions.stream(**request) as stream:
            kinds = {event.type for event in stream}
            final = stream.get_final_completion()
        assert kinds == {"chunk", "content.delta", "content.done"}
        assert final.choices[0].message.content == text


def test_openai_asynchronously(served: tuple[str, str], answering: ModelServer) -> None:
    openai = pytest.importorskip("openai")

    async def scenario() -> list[str]:
        async with openai.AsyncOpenAI(base_url=served[0], api_key=served[1]) as client:
            create = client.chat.completions.create
            several = [create(model="consort", messages=MESSAGES) for _ in range(5)]
            texts = [done.choices[0].message.content for done in await asyncio.gather(*several)]
            stream = await create(model="consort", messages=MESSAGES, stream=True)
            pieces = [c.choices[0].delta.content or "" async for c in stream]
            return [*texts, "".join(pieces)]

    texts = asyncio.run(scenario())
    assert [text.strip(".") for text in texts] == ["Paris"] * 6


def test_errors_are_exceptions_of_openai(served: tuple[str, str], answering: ModelServer) -> None:
    openai = pytest.importorskip("openai")
    request: Any = {"model": "consort", "messages": MESSAGES}
    cases = {
        "NotFoundError": ({"model": "gpt"}, 404, "model", "model_not_found"),
        "BadRequestError": ({"tools": [TOOL]}, 400, "tools", "unsupported-parameter"),
    }
    with client(served) as ours:
        for name, (more, status, param, code) in cases.items():
            with pytest.raises(getattr(openai, name)) as caught:
                ours.chat.completions.create(**{**request, **more})
            assert (caught.value.status_code, caught.value.param) == (status, param)
            assert (caught.value.code, caught.value.type) == (code, "invalid_request_error")
        with pytest.raises(openai.AuthenticationError) as caught:
            ours.with_options(api_key="wrong").chat.completions.create(**request)
        assert caught.value.code == "invalid_api_key"
    assert answering.asked == []


def test_openai_does_not_ask_again_where_no_member_answered(
    served: tuple[str, str], models: ModelServer
) -> None:
    openai = pytest.importorskip("openai")
    models.tell(**dict.fromkeys("abc", "status 500"))
    request: Any = {"model": "consort", "messages": MESSAGES}
    with client(served, max_retries=3) as ours:
        with pytest.raises(openai.InternalServerError, match="a: answered with HTTP status 500"):
            ours.chat.completions.create(**request)
        assert len(models.asked) == 3
        stream = ours.chat.completions.create(**request, stream=True)
        with pytest.raises(openai.APIError, match="a: answered with HTTP status 500") as caught:
            list(stream)
        assert caught.value.code == "no-system-answered"
        assert len(models.asked) == 6


def test_langchain(served: tuple[str, str], answering: ModelServer) -> None:
    langchain_openai = pytest.importorskip("langchain_openai")
    model = langchain_openai.ChatOpenAI(model="consort", base_url=served[0], api_key=served[1])
    done = model.invoke(QUESTION)
    assert done.content in ("Paris", "Paris.")
    assert done.usage_metadata["total_tokens"] == 33
    assert "".join(chunk.content for chunk in model.stream(QUESTION)).strip(".") == "Paris"
    many = model.batch([[("system", "Be brief."), ("user", QUESTION)], "And of Italy?"])
    assert [message.content.strip(".") for message in many] == ["Paris", "Paris"]
    prompts = {asked.prompt for asked in answering.asked}
    assert prompts == {QUESTION, "And of Italy?"}


def test_llm(
    served: tuple[str, str],
    answering: ModelServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = shutil.which("llm", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("llm is not installed")
    entry = {"model_id": "panel", "model_name": "consort", "api_base": served[0]}
    entry["api_key_name"] = "consort"  # without a name it sends none
    (tmp_path / "extra-openai-models.yaml").write_text(json.dumps([entry]))
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    monkeypatch.setenv("LLM_LOAD_PLUGINS", "")  # those of other packages may lack what they need
    command = [program, "prompt", "-m", "panel", "--key", served[1], "-s", "Be brief.", QUESTION]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip().strip(".") == "Paris"
    assert answering.asked[-1].body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": QUESTION},
    ]


@pytest.fixture(scope="module")
def node() -> str:
    """The program that runs the package of npm, which is fetched once unless node knows it."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if not found or not npm:
        pytest.skip("node and npm are not installed")
    NODE.mkdir(exist_ok=True)
    known = [found, "-e", 'require.resolve("openai")']  # in NODE, or where NODE_PATH says
    if subprocess.run(known, cwd=NODE, capture_output=True, check=False).returncode:
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
        install = [npm, "install", "--prefix", str(NODE), *options, PACKAGE]
        try:
            subprocess.run(install, check=True, capture_output=True, timeout=60)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"the registry of npm is not at hand: {error}")
    return found


OPENAI = """
const OpenAI = require("openai");
const [baseURL, apiKey, content] = process.argv.slice(1);
const client = new OpenAI({baseURL, apiKey});
const request = {model: "consort", messages: [{role: "user", content}]};

async function failure(more, options) {
  try {
    const answer = await client.chat.completions.create({...request, ...more}, options);
    for await (const chunk of answer);
  } catch (error) {
    const {status, code, param, type} = error;
    return {name: error.constructor.name, status, code, param, type, message: error.message};
  }
}

(async () => {
  const models = [];
  for await (const model of client.models.list()) models.push(model.id);
  const done = await client.chat.completions.create(request);
  const pieces = [];
  for await (const chunk of await client.chat.completions.create({...request, stream: true}))
    pieces.push(chunk.choices[0].delta.content ?? "");
  const final = await client.chat.completions.stream(request).finalContent();
  const unknown = await failure({model: "gpt"});
  const refused = await failure({n: 2});
  const silent = await failure({messages: [{role: "user", content: "fail"}]}, {maxRetries: 3});
  const streamed = await failure({messages: [{role: "user", content: "fail"}], stream: true});
  console.log(JSON.stringify({models, done, pieces, final, unknown, refused, silent, streamed}));
})();
"""


def test_openai_of_npm(served: tuple[str, str], answering: ModelServer, node: str) -> None:
    answering.tell(**dict.fromkeys("abc", "answers Paris"))
    ran = subprocess.run(
        [node, "-e", OPENAI, *served, QUESTION],
        cwd=NODE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["models"][0] == "consort"
    assert told["done"]["choices"][0]["message"]["content"] == "Paris"
    assert told["done"]["consort"]["kind"] == "labels"
    assert ("".join(told["pieces"]), told["final"]) == ("Paris", "Paris")
    for name, expected in {
        "unknown": ("NotFoundError", 404, "model_not_found", "model"),
        "refused": ("BadRequestError", 400, "unsupported-parameter", "n"),
        "silent": ("InternalServerError", 503, "no-system-answered", None),
        "streamed": ("APIError", None, "no-system-answered", None),
    }.items():
        error = told[name]
        shown = (error["name"], error.get("status"), error["code"], error["param"])
        assert shown == expected
    assert "a: answered with HTTP status 500" in told["silent"]["message"]
    assert len([asked for asked in answering.asked if asked.prompt == "fail"]) == 2 * 3
