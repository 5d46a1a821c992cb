"""Local stand-ins for what systems ask: a function, a program, an HTTP server, a model, a member.

All but the model and the member put a line into upper case, and do what a line in `FAULTS` names.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

SLOW_S = 0.4
ANSWERS = {"one": "ONE", "zwölf 🙂": "ZWÖLF 🙂", "a\nb": "A\nB"}
SLOW = "slow"
FAULTS = ("raise", "long", "lines", "empty")

PROGRAM = f"""
import sys, time
for line in sys.stdin:
    line = line.rstrip("\\n")
    if line == "slow": time.sleep({SLOW_S})
    if line == "raise": sys.exit(3)
    said = {{"long": "x" * 5000, "lines": "a\\nb", "empty": ""}}.get(line, line.upper())
    print(said, flush=True)
"""


def behave(source: str) -> str:
    """Answer as the source says."""
    if source == "slow":
        time.sleep(SLOW_S)
    if source == "raise":
        raise RuntimeError("two\nlines of reasons")
    said = {"long": "x" * 5000, "lines": "a\nb", "empty": ""}
    return said.get(source, source.upper())


class Handler(BaseHTTPRequestHandler):
    """Answers `{"source": ...}`, and what chat and LanguageTool's clients send, by `behave`."""

    def do_POST(self) -> None:
        source = self.source()
        try:
            text = behave(source)
        except RuntimeError:
            self.send_error(500)
            return
        choices = [{"message": {"content": text}, "finish_reason": "stop"}]
        length = len(source.encode("utf-16-le")) // 2
        matches = [{"offset": 0, "length": length, "replacements": [{"value": text}]}]
        sent = json.dumps({"answer": text, "choices": choices, "matches": matches}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        with suppress(OSError):  # the client may have given up
            self.wfile.write(sent)

    def source(self) -> str:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v2/check":
            return dict(parse_qsl(sent.decode("utf-8"), keep_blank_values=True))["text"]
        body = json.loads(sent)
        return str(body["messages"][-1]["content"] if "messages" in body else body["source"])

    def log_message(self, *args: object) -> None: ...


class Server(ThreadingHTTPServer):
    """Takes as many connections at once as a check opens."""

    request_queue_size = 128


@contextmanager
def server() -> Iterator[str]:
    """Serve on a free port, and give the URL."""
    with Server(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def save_tokenizer(folder: Path, words: list[str]) -> None:
    """Save a tokenizer that knows `words`, the first three of which are its special tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    pad, end, unknown = words[:3]
    vocabulary = {word: i for i, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, eos_token=end, unk_token=unknown
    ).save_pretrained(folder)


def save_classifier(
    folder: Path,
    words: list[str],
    always: str | None = None,
    labels: tuple[str, ...] = ("formal", "informal"),
) -> None:
    """Save a tiny classifier of random weights, by default of two classes, or `always` one."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    model = BertForSequenceClassification(config)
    if always is not None:
        with torch.no_grad():
            model.classifier.bias[config.label2id[always]] = 100.0
    model.save_pretrained(folder)
    save_tokenizer(folder, words)


def save_encoder(folder: Path, words: list[str]) -> None:
    """Save a tiny encoder of random weights."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertModel(config).save_pretrained(folder)
    save_tokenizer(folder, words)
