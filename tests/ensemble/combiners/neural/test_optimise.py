"""Networks fitted together are what each would be alone, and look only where they may."""

import pytest
import torch
from torch import Tensor

from ensemble.combiners.neural import optimise
from ensemble.combiners.neural.losses import of_edits
from ensemble.combiners.neural.network import DESIGNS, Inputs, Network, Vote

SEGMENTS = 30
SEEN = torch.arange(SEGMENTS) % 3 != torch.arange(4)[:, None]  # the last one sees all
EVERYTHING = torch.ones(1, SEGMENTS, dtype=torch.bool)
SEGMENT = torch.arange(SEGMENTS).repeat_interleave(3)


@pytest.fixture
def inputs() -> Inputs:
    chance = torch.Generator().manual_seed(1)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=chance)

    return Inputs(draw(90), draw(90, 5), draw(90, 2).sign(), (draw(90, 3) > 0).float())


def network(inputs: Inputs) -> Network:
    made = Network(5, 2, 3, DESIGNS["edits"], seed=1)
    made.standardise(inputs.values)
    return made


def fit(networks: list[Vote], inputs: Inputs, segment: Tensor, seen: Tensor) -> list[Tensor]:
    """Fit to what is right where the first value is above 0; return what they then say."""
    right = (inputs.values[:, 0] > 0).float()

    def loss(scores: Tensor) -> Tensor:
        return of_edits(scores, right, segment, SEGMENTS)

    optimise.fit(networks, inputs, segment, seen, loss)
    with torch.inference_mode():
        return [each(inputs) for each in networks]


def part(inputs: Inputs, rows: Tensor) -> Inputs:
    return Inputs(*(column[rows] for column in inputs))


@pytest.mark.parametrize("together", [1, 10**6], ids=["one after another", "at once"])
def test_together_they_are_what_each_is_alone(inputs, monkeypatch, together):
    monkeypatch.setattr(optimise, "_TOGETHER", together)
    monkeypatch.setattr(optimise, "_STEPS", 40)
    found = fit([network(inputs) for _ in SEEN], inputs, SEGMENT, SEEN)
    for seen, scores in zip(SEEN, found, strict=True):
        rows = seen[SEGMENT]
        [alone] = fit([network(inputs)], part(inputs, rows), SEGMENT[rows], EVERYTHING)
        torch.testing.assert_close(scores[:, rows], alone, atol=1e-3, rtol=0)
    assert not torch.allclose(found[0], found[1], atol=0.1)


def test_what_it_may_not_see_does_not_matter(inputs):
    hidden = SEGMENT % 3 == 0
    other = Inputs(*(torch.where(hidden.view(-1, *[1] * (c.dim() - 1)), -c, c) for c in inputs))
    one, two = (fit([network(inputs)], each, SEGMENT, SEEN[:1])[0] for each in (inputs, other))
    torch.testing.assert_close(one[:, ~hidden], two[:, ~hidden], atol=1e-3, rtol=0)


def test_a_vote_learns_how_sure_it_is(inputs):
    sure = inputs._replace(prior=inputs.values[:, 0].sign())
    vote = Vote()
    [scores] = fit([vote], sure, SEGMENT, EVERYTHING)
    assert vote.scale > 1.2
    assert abs(vote.bias) < 0.2
    torch.testing.assert_close(scores, (vote.scale * sure.prior + vote.bias)[None])


def test_unfitted_a_network_is_the_vote(inputs):
    assert torch.equal(network(inputs)(inputs), Vote()(inputs).expand(3, -1))
    assert network(inputs).penalty() > Vote().penalty() == 0
