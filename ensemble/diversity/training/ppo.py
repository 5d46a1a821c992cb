"""Training by proximal policy optimisation (Schulman et al. 2017), with options masked."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from ensemble.combiners.neural.network import Inputs, on_one_core
from ensemble.diversity.training.checkpoint import Checkpoint
from ensemble.diversity.training.environment import MemberVecEnv
from ensemble.diversity.training.episodes import Episodes
from ensemble.diversity.training.policy import Policy
from ensemble.diversity.training.rewards import Reward, chosen_states
from ensemble.diversity.training.training import (
    Course,
    Plan,
    Steps,
    Task,
    bar_of,
    choose,
    new_policy,
)

_ROLLOUT = 32  # decisions of each slot between two updates
_EPOCHS, _BATCH = 4, 512
_GAMMA = 1.0  # a segment is short, and all of it counts the same


@on_one_core()
def train(
    task: Task,
    held_out: Task,
    reward: Reward,
    plan: Plan,
    seed: int,
    checkpoint: Checkpoint,
    steps: Steps,
) -> tuple[Policy, Course]:
    """Return the best policy on `held_out`, and how training went.

    One core does it: the networks are so small that two would wait for each other.

    Raises:
        ValueError: there is nothing to decide, or a reward is not a finite number.
    """
    watch = _Watch(task, held_out, reward, plan, seed, checkpoint, steps)
    policy = watch.policy
    model = _model(watch.episodes, policy, plan, seed)
    watch.restore(model)
    if (left := plan.steps - model.num_timesteps) > 0 and not watch.course.late:
        model.learn(left, watch, reset_num_timesteps=False)
        watch.look()
    policy.load_state_dict(watch.course.best)
    checkpoint.clear()
    return policy, watch.course


class Choosing(nn.Module):
    """The policy as stable-baselines3 wants it: a score an option, and what a value is read off."""

    def __init__(self, policy: Policy, options: int, width: int) -> None:
        super().__init__()
        self.policy, self.shape = policy, (options, width)
        self.latent_dim_pi, self.latent_dim_vf = options, 16
        self.critic = nn.Sequential(nn.Linear(width, self.latent_dim_vf), nn.Tanh())

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return both, (b, options) and (b, 16), of what is seen, (b, options * width)."""
        return self.forward_actor(features), self.forward_critic(features)

    def forward_actor(self, features: Tensor) -> Tensor:
        """Return a score for each option, (b, options)."""
        rows = features.reshape(-1, self.shape[1])
        widths = [1, *self.policy.sizes]
        prior, *parts = torch.split(rows[:, 1:], widths, dim=1)
        scores: Tensor = self.policy(Inputs(prior.squeeze(1), *parts))
        return scores.reshape(-1, self.shape[0])

    def forward_critic(self, features: Tensor) -> Tensor:
        """Return the mean of the options, seen through a layer, (b, 16)."""
        latent: Tensor = self.critic(features.reshape(-1, *self.shape).mean(dim=1).clamp(-5, 5))
        return latent


class _ActorCritic(MaskableActorCriticPolicy):
    """Takes the scores of `Choosing` as they are for the logits."""

    def __init__(self, *args: Any, make: Callable[[], Choosing], **options: Any) -> None:  # noqa: ANN401
        self._make = make
        super().__init__(*args, **options)

    def _build_mlp_extractor(self) -> None:
        self.mlp_extractor = self._make()  # type: ignore[assignment]

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
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
        policy_kwargs={"make": partial(Choosing, policy, options, width), "ortho_init": False},
        device="cpu",
    )
    form = ["tensorboard"] if plan.tensorboard else []
    model.set_logger(configure(plan.tensorboard, form))
    return model


class _Watch(BaseCallback):
    """Between rollouts: examines the policy, keeps a checkpoint, and says when to stop."""

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
        self.episodes = Episodes(task, reward, plan.slots, seed)
        self.course = Course(plan, held_out, reward)
        self._task, self._reward = task, reward
        self._plan, self._checkpoint, self._steps = plan, checkpoint, steps
        self._bar: Iterator[int] = iter(())

    def _on_rollout_start(self) -> None:
        last = self.course.points[-1].steps if self.course.points else 0
        if self.num_timesteps - last >= self._plan.every:
            self.look()
            self._save()
        chosen = chosen_states(self._task.decisions, choose(self.policy, self._task))
        self.episodes.bar = bar_of(chosen, self._reward)
        self.episodes.progress = self.num_timesteps / self._plan.steps

    def _on_training_start(self) -> None:
        left = range(self.num_timesteps, self._plan.steps, self.episodes.slots)
        self._bar = iter(self._steps(left))

    def _on_step(self) -> bool:
        next(self._bar, None)
        return not self.course.late

    def _on_training_end(self) -> None:
        self._bar = iter(())

    def look(self) -> None:
        """Note where the policy stands."""
        steps = self.model.num_timesteps
        point = self.course.look(self.policy, steps)
        for name, value in point.figures().items():
            self.logger.record(f"held out/{name}", value)
        self.logger.dump(steps)

    def restore(self, model: MaskablePPO) -> None:
        """Go on from the checkpoint, if there is one."""
        model._last_obs = self.episodes.seen()
        model._last_episode_starts = np.ones(self.episodes.slots, dtype=bool)
        if saved := self._checkpoint.load():
            model.policy.load_state_dict(saved["model"])
            model.policy.optimizer.load_state_dict(saved["optimiser"])
            model.num_timesteps = saved["steps"]
            model._last_episode_starts = saved["starts"].numpy().astype(bool)
            self.episodes.load(saved)
            self.episodes.bar = saved["bar"]
            self.course.load_state_dict(saved["course"])
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
                "bar": self.episodes.bar,
                "course": self.course.state_dict(),
                "torch": torch.get_rng_state(),
                "numpy": json.dumps([str(name), np.asarray(keys).tolist(), *rest]),
            }
        )
