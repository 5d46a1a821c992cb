"""Training from samples by proximal policy optimisation, with invalid options masked.

The baseline of a sample is a learned value (`ppo`, Schulman et al. 2017), or the mean of other
samples of the same segment (`group`, Shao et al. 2024).
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.buffers import MaskableRolloutBuffer
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from ensemble.combiners.neural.network import Inputs, on_one_core
from ensemble.diversity.policy.network import Policy
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.entropy import EntropyBonus, entropy_of
from ensemble.diversity.training.environment import MemberVecEnv
from ensemble.diversity.training.episodes import Episodes
from ensemble.diversity.training.group_buffer import GroupBuffer
from ensemble.diversity.training.rewards import Reward
from ensemble.diversity.training.task import (
    Plan,
    Steps,
    Task,
    choose,
    log_probabilities,
    new_policy,
    present_state,
    target_f_of,
)
from ensemble.diversity.training.training_log import TrainingLog
from evaluation.execution.progress import Step

_ROLLOUT = 32  # decisions of each slot between two updates
_EPOCHS, _BATCH = 4, 512
_GAMMA = 1.0  # episodes are short, so rewards are not discounted


@on_one_core()
def train(
    task: Task,
    held_out: Task,
    reward: Reward,
    plan: Plan,
    seed: int,
    checkpoint: Checkpoint,
    steps: Steps,
) -> tuple[Policy, TrainingLog]:
    """Return the best policy on `held_out`, and the log of its training.

    It runs on one core: the networks are so small that two cores would mostly wait for each other.

    Raises:
        ValueError: there is nothing to decide, or a reward is not a finite number.
    """
    callback = _Callback(task, held_out, reward, plan, seed, checkpoint, steps)
    policy = callback.policy
    model = _model(callback.episodes, policy, plan, seed)
    callback.restore(model)
    if (left := plan.steps - model.num_timesteps) > 0 and not callback.log.should_stop:
        model.learn(left, callback, reset_num_timesteps=False)
        callback.evaluate()
    policy.load_state_dict(callback.log.best)
    checkpoint.clear()
    return policy, callback.log


class Choosing(nn.Module):
    """The policy as stable-baselines3's extractor: a score an option, and the value's features."""

    def __init__(self, policy: Policy, options: int, width: int) -> None:
        super().__init__()
        self.policy, self.shape = policy, (options, width)
        self.latent_dim_pi, self.latent_dim_vf = options, 16
        self.critic = nn.Sequential(nn.Linear(width, self.latent_dim_vf), nn.Tanh())

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return both, (b, options) and (b, 16), from observations (b, options * width)."""
        return self.forward_actor(features), self.forward_critic(features)

    def forward_actor(self, features: Tensor) -> Tensor:
        """Return a score for each option, (b, options)."""
        rows = features.reshape(-1, self.shape[1])
        widths = [1, *self.policy.sizes]
        prior, *parts = torch.split(rows[:, 1:], widths, dim=1)
        scores: Tensor = self.policy(Inputs(prior.squeeze(1), *parts))
        return scores.reshape(-1, self.shape[0])

    def forward_critic(self, features: Tensor) -> Tensor:
        """Return a layer over the mean of the options, (b, 16)."""
        latent: Tensor = self.critic(features.reshape(-1, *self.shape).mean(dim=1).clamp(-5, 5))
        return latent


class _ActorCritic(MaskableActorCriticPolicy):
    """Uses the scores of `Choosing` as logits, unchanged."""

    def __init__(self, *args: Any, make: Callable[[], Choosing], **options: Any) -> None:  # noqa: ANN401
        self._make = make
        super().__init__(*args, **options)

    def _build_mlp_extractor(self) -> None:
        self.mlp_extractor = self._make()  # type: ignore[assignment]

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
        # The extractor's scores are the logits: no further layer.
        self.action_net = nn.Identity()
        self.optimizer = torch.optim.Adam(self.parameters(), lr=lr_schedule(1), eps=1e-5)


def _model(episodes: Episodes, policy: Policy, plan: Plan, seed: int) -> MaskablePPO:
    _, options, width = episodes.seen().shape
    model = MaskablePPO(
        _ActorCritic,
        MemberVecEnv(episodes),
        learning_rate=plan.rate,
        n_steps=_ROLLOUT,
        batch_size=_BATCH,
        n_epochs=_EPOCHS,
        gamma=_GAMMA,
        seed=seed,
        # The values of states are not needed where samples are compared with each other.
        vf_coef=0.5 if plan.together == 1 else 0.0,
        rollout_buffer_class=MaskableRolloutBuffer if plan.together == 1 else GroupBuffer,
        rollout_buffer_kwargs={} if plan.together == 1 else {"group": plan.together},
        policy_kwargs={"make": partial(Choosing, policy, options, width), "ortho_init": False},
        device="cpu",
    )
    model.set_logger(configure(plan.tensorboard, ["tensorboard"] if plan.tensorboard else []))
    return model


class _Callback(BaseCallback):
    """Between rollouts: evaluates the policy, saves a checkpoint, and decides when to stop."""

    def __init__(
        self,
        task: Task,
        held_out: Task,
        reward: Reward,
        plan: Plan,
        seed: int,
        checkpoint: Checkpoint,
        steps: Steps,
    ) -> None:
        super().__init__()
        self.policy = new_policy(task, seed)
        self.episodes = Episodes(task, reward, plan.slots, seed, plan.together)
        self.log = TrainingLog(plan, held_out, reward)
        self._bonus = EntropyBonus(plan.target_entropy)
        self._task, self._reward = task, reward
        self._plan, self._checkpoint, self._steps = plan, checkpoint, steps
        self._progress: Iterator[Step[int]] = iter(())
        self._step: Step[int] | None = None

    def _on_rollout_start(self) -> None:
        last = self.log.points[-1].steps if self.log.points else 0
        # At a rollout's start the policy is as updated, and no transition is unfinished.
        if self.num_timesteps - last >= self._plan.every:
            self.evaluate()
            self._save()
        chosen = present_state(self._task, choose(self.policy, self._task), self._reward)
        self.episodes.target_f = target_f_of(chosen, self._reward)
        self.episodes.progress = self.num_timesteps / self._plan.steps
        self._adapt_entropy()

    def _adapt_entropy(self) -> None:
        with torch.inference_mode():
            entropy = float(entropy_of(log_probabilities(self.policy, self._task)))
        self._bonus.adapt(entropy / len(self._task.decisions.segment))
        self.model.ent_coef = self._bonus.weight  # type: ignore[attr-defined]

    def _on_training_start(self) -> None:
        left = range(self.num_timesteps, self._plan.steps, self.episodes.slots)
        self._progress = iter(self._steps(left))

    def _on_step(self) -> bool:
        self._step = next(self._progress, None)
        return not self.log.should_stop

    def _on_training_end(self) -> None:
        self._progress = iter(())

    def evaluate(self) -> None:
        """Evaluate the policy, and log the point."""
        steps = self.model.num_timesteps
        figures = self.log.evaluate(self.policy, steps).figures()
        if self._step:
            self._step.figures |= figures
        for name, value in figures.items():
            self.logger.record(f"held out/{name}", value)
        self.logger.dump(steps)

    def restore(self, model: MaskablePPO) -> None:
        """Continue from the checkpoint, if there is one."""
        # `learn` resets these only if it counts steps from 0, which a resumed run does not.
        model._last_obs = self.episodes.seen()
        model._last_episode_starts = np.ones(self.episodes.slots, dtype=bool)
        if saved := self._checkpoint.load():
            model.policy.load_state_dict(saved["model"])
            model.policy.optimizer.load_state_dict(saved["optimiser"])
            model.num_timesteps = saved["steps"]
            model._last_episode_starts = saved["starts"].numpy().astype(bool)
            self.episodes.load(saved)
            self.episodes.target_f = saved["target_f"]
            self._bonus.load_state_dict(saved["bonus"])
            self.log.load_state_dict(saved["log"])
            # stable-baselines3 draws from the global generators of torch and NumPy.
            torch.set_rng_state(saved["torch"])
            name, *numbers = json.loads(saved["numpy"])
            np.random.set_state((name, np.array(numbers[0], dtype=np.uint32), *numbers[1:]))
            model._last_obs = self.episodes.seen()

    def _save(self) -> None:
        model = self.model
        name, keys, *rest = np.random.get_state()
        self._checkpoint.save(
            {
                "model": model.policy.state_dict(),
                "optimiser": model.policy.optimizer.state_dict(),
                "steps": model.num_timesteps,
                "starts": torch.from_numpy(np.array(model._last_episode_starts, dtype=np.uint8)),
                **self.episodes.save(),
                "target_f": self.episodes.target_f,
                "bonus": self._bonus.state_dict(),
                "log": self.log.state_dict(),
                "torch": torch.get_rng_state(),
                "numpy": json.dumps([str(name), np.asarray(keys).tolist(), *rest]),
            }
        )
