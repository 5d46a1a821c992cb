"""Poisoned artefacts: nothing in them is executed or written, and the answer is a 4xx."""

import hashlib
import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from starlette.testclient import TestClient

from service.api.app import create_app
from service.core.settings import Settings
from tests.local_client import LocalClient
from tests.trained import files

ROSTER = 'version: 1\nsystems: [{name: same, callable: "builtins:str.strip"}]\n'
MANIFEST, WEIGHTS = files()
NAMES = ["a" * 8, "b" * 8]


class Bomb:
    """Touches a file in the present folder when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, ("executed", "w")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("poisoned")
    (folder / "roster.yaml").write_text(ROSTER)
    settings = Settings(roster=folder / "roster.yaml", state=folder / "state")
    (folder / "state" / "combiners").mkdir(parents=True)
    with LocalClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def refused(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Upload two files, and see that they are refused and leave nothing behind, here or there."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path.parent

    def check(manifest: bytes, weights: bytes, names: tuple[str, str] = ("m", "w")) -> Any:
        before = everything(root)
        form = {"manifest": (names[0], manifest), "weights": (names[1], weights)}
        response = client.post("/v1/combiners/poisoned", files=form)
        assert 400 <= response.status_code < 500, response.text
        assert response.headers["content-type"] == "application/problem+json"
        assert everything(root) == before
        assert not any(tmp_path.iterdir())
        assert client.get("/v1/combiners").json()["registered"] == []
        return response.json()

    return check


def everything(root: Path) -> set[Path]:
    """Every file and folder under `root`, the database's own aside."""
    return {path for path in root.rglob("*") if "consort.db" not in path.name}


def sealed(content: bytes, **changes: object) -> tuple[bytes, bytes]:
    """The good manifest, made to fit other weights."""
    said = json.loads(MANIFEST)
    digest = hashlib.sha256(content).hexdigest()
    said["weights"] = {"file": f"weights-{digest[:12]}.safetensors", "sha256": digest}
    return json.dumps({**said, **changes}).encode(), content


def torch_zip() -> bytes:
    content = io.BytesIO()
    torch.save({"reliability": torch.zeros(3), "bomb": Bomb()}, content)
    return content.getvalue()


def joblib_dump() -> bytes:
    content = io.BytesIO()
    joblib.dump(Bomb(), content)
    return content.getvalue()


def npy_objects() -> bytes:
    content = io.BytesIO()
    np.save(content, np.array([Bomb()], dtype=object), allow_pickle=True)
    return content.getvalue()


def zip_bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../escaped", b"x")
        archive.writestr("weights.safetensors", bytes(50_000_000))
    return content.getvalue()


def header(said: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(said) if length is None else length) + said


def tensor(**changes: object) -> bytes:
    return json.dumps(
        {"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], **changes}}
    ).encode()


FOREIGN = {
    "pickle": lambda: pickle.dumps(Bomb()),
    "joblib": joblib_dump,
    "torch": torch_zip,
    "npy": npy_objects,
    "zip": zip_bomb,
    "yaml": lambda: b"!!python/object/apply:builtins.open [executed, w]",
    "empty": lambda: b"",
}

SAFETENSORS = {
    "header of 2**63": header(b"{}", 1 << 63),
    "header longer than the file": header(b"{}", 1 << 26),
    "header of 1 MB of brackets": header(b"[" * 1_000_000),
    "header with many tensors": header(
        json.dumps({str(i): {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
                    for i in range(50_000)}).encode()
    ),
    "shape that overflows": header(tensor(shape=[1 << 62, 1 << 62])) + bytes(4),
    "offsets beyond the file": header(tensor(data_offsets=[0, 1 << 40])) + bytes(4),
    "offsets backwards": header(tensor(data_offsets=[4, 0])) + bytes(4),
    "type that is none": header(tensor(dtype="PICKLE")) + bytes(4),
    "tensor of another name": header(tensor()) + bytes(4),
    "truncated": WEIGHTS[:-1],
    "data behind the last tensor": WEIGHTS + b"more",
}  # fmt: skip


@pytest.mark.parametrize("kind", FOREIGN)
def test_other_formats_are_neither_manifest_nor_weights(
    refused: Callable[..., Any], kind: str
) -> None:
    content = FOREIGN[kind]()
    refused(*sealed(content))
    refused(content, WEIGHTS)


@pytest.mark.parametrize("fault", SAFETENSORS)
def test_safetensors_that_lie(refused: Callable[..., Any], fault: str) -> None:
    assert "/weights" in str(refused(*sealed(SAFETENSORS[fault])))


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), 1e30], ids=["nan", "inf", "-inf", "1e30"]
)
def test_weights_that_are_no_numbers(refused: Callable[..., Any], value: float) -> None:
    tensors = load(WEIGHTS)
    tensors["reliability"] = torch.full_like(tensors["reliability"], value)
    refused(*sealed(save(tensors)))


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.bool, torch.int64, torch.complex64])
def test_weights_of_other_types_execute_nothing(
    client: TestClient, tmp_path: Path, dtype: torch.dtype
) -> None:
    tensors = load(WEIGHTS)
    tensors["reliability"] = torch.zeros(3).to(dtype)
    try:
        content = save(tensors)
    except (KeyError, ValueError):
        pytest.skip("safetensors does not write it")
    manifest, weights = sealed(content)
    form = {"manifest": ("m", manifest), "weights": ("w", weights)}
    response = client.post(f"/v1/combiners/type-{str(dtype)[6:]}", files=form)
    assert response.status_code in (201, 422)
    if response.is_success:
        assert client.delete(response.headers["location"]).status_code == 204


@pytest.mark.parametrize(
    "file",
    [
        "../weights-000000000000.safetensors",
        "/etc/passwd",
        "weights-000000000000.safetensors/../../x",
        "weights-000000000000.safetensors\n",
        "weights-000000000000.safetensors\x00",
        "manifest.json",
        "..",
        "",
    ],
)
def test_names_that_lead_elsewhere(refused: Callable[..., Any], file: str) -> None:
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    changed = sealed(WEIGHTS, weights={"file": file, "sha256": digest})
    refused(*changed)


@pytest.mark.parametrize("name", ["../../../escaped", "/tmp/escaped", "..\\escaped", "a\x00b"])
def test_names_of_uploaded_files_play_no_part(refused: Callable[..., Any], name: str) -> None:
    refused(MANIFEST, WEIGHTS[:-1], (name, name))


@pytest.mark.parametrize("name", ["..%2f..%2fescaped", "%2e%2e", "a%00", "a%2fb", "a%5cb"])
def test_names_of_combiners_lead_nowhere(client: TestClient, name: str) -> None:
    response = client.post(f"/v1/combiners/{name}", files=files().form)
    assert 400 <= response.status_code < 500


def learnt(**changes: object) -> dict[str, object]:
    return {"learnt": {**json.loads(MANIFEST)["learnt"], **changes}}


MANIFESTS: dict[str, Any] = {
    "a network of 400 MB": learnt(traits=[f"t{i}" for i in range(10_000)]),
    "a thousand systems": learnt(systems=[f"s{i}" for i in range(1_000)]),
    "a system with a control character": learnt(systems=["a\x00b", "c", "d"]),
    "agreement beyond all numbers": {"shared": [[1e308] * 3] * 3, "made": [[1e308] * 3] * 3},
    "agreement of others": {"systems": ["x"], "shared": [[1]], "made": [[1]] * 2},
    "trust beyond 1": learnt(trust=2),
    "another format": {"format": 2},
    "a key of its own": {"__reduce__": "os.system"},
    "English types": {"types": "errant"},
    "a language model to load": {"context": "evil/model"},
    "columns of others": learnt(columns=["x"] * len(json.loads(MANIFEST)["learnt"]["columns"])),
}


@pytest.mark.parametrize("fault", MANIFESTS)
def test_manifests_that_lie(refused: Callable[..., Any], fault: str) -> None:
    refused(*sealed(WEIGHTS, **MANIFESTS[fault]))


@pytest.mark.parametrize(
    "manifest",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": 1, "a": 2}',
        b"[]",
        b"\xff\xfe",
        MANIFEST.replace(b'"data": ""', b'"data": "\\ud800"'),
        MANIFEST.replace(b'"data": ""', b'"data": NaN'),
        MANIFEST.replace(b'"config": {}', b'"config": {"a": 1e999}'),
        MANIFEST.replace(b'"config": {}', b'"config": {"a": ' + b"9" * 5_000 + b"}"),
        MANIFEST[:-3],
    ],
    ids=range(10),
)
def test_manifests_that_are_no_json(refused: Callable[..., Any], manifest: bytes) -> None:
    assert manifest != MANIFEST
    refused(manifest, WEIGHTS)


@pytest.mark.parametrize("path", ["evil", "evil/aliases/champion/rollback"])
def test_a_page_of_another_site_changes_nothing(client: TestClient, path: str) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    response = client.post(f"/v1/combiners/{path}", files=files().form, headers=headers)
    assert response.status_code == 403
    assert client.get("/v1/combiners").json()["registered"] == []
