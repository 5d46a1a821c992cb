"""Laws of the line between two sets of weights, on landscapes that are known."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ensemble.diagnosis.interpolation.interpolate import LineOptions, Measurement, interpolate
from ensemble.diagnosis.interpolation.rows import rows_of
from ensemble.diagnosis.interpolation.shape import (
    above_chord,
    above_ends,
    bump,
    bump_width,
    fallen,
    gauss_length,
    instability,
    monotone,
)
from ensemble.diagnosis.interpolation.states import distance, scaled, shuffled, zero


class Point(nn.Module):
    """A model whose weights are a point."""

    def __init__(self, *place: float) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.tensor(place, dtype=torch.float64))


def landscape(function):
    return lambda model: Measurement(np.array([[float(function(model.place)), 0.0, 1.0]]))


def line(function, start, end, **options):
    first, last = Point(*start), Point(*end)
    measures = {"train": landscape(function)}
    states = first.state_dict(), last.state_dict()
    return interpolate(first, *states, measures, LineOptions(**options))


@given(st.lists(st.floats(-9, 9), min_size=3, max_size=3).filter(any), st.integers(2, 40))
def test_a_bowl_is_monotone_and_has_no_barrier(start, points):
    found = line(lambda w: (w**2).sum(), start, [0.0, 0.0, 0.0], points=points)
    losses = found.loss("train")
    assert monotone(losses, 0)
    assert bump(losses) == bump_width(found.at, losses) == 0
    assert above_chord(found.at, losses) <= 1e-9
    assert above_ends(losses) == 0
    assert len(losses) == points


def test_the_barrier_of_a_double_well_is_the_analytic_one():
    found = line(lambda w: ((w**2 - 1) ** 2).sum(), [-1.0], [1.0])
    losses = found.loss("train")
    for height in (bump(losses), above_chord(found.at, losses), above_ends(losses),
                   instability(found.at, losses)):  # fmt: skip
        assert abs(height - 1) < 1e-6
    assert abs(bump_width(found.at, losses) - 1) < 1e-6


def test_a_top_between_the_points_is_found():
    # w^2 (w - 1)^2 (1 + w): its wells are 0 and 1, its top the root of 5 w^2 + 2 w - 2... above 0.
    def well(w):
        return (w**2 * (w - 1) ** 2 * (1 + w)).sum()

    places = np.linspace(0, 1, 2_000_001)
    top = (places**2 * (places - 1) ** 2 * (1 + places)).max()
    rough, sharp = (line(well, [0.0], [1.0], points=8, sharpen=yes) for yes in (False, True))
    assert abs(above_chord(rough.at, rough.loss("train")) - top) > 1e-4
    assert abs(above_chord(sharp.at, sharp.loss("train")) - top) < 1e-6
    assert len(sharp.at) == 9


def test_beyond_the_ends():
    found = line(lambda w: (w**2).sum(), [1.0], [0.0], points=5, beyond=0.5)
    assert np.allclose(found.at, np.arange(-2, 7) / 4)
    assert np.allclose(found.loss("train"), (1 - found.at) ** 2)
    rows = {row.statistic: row.value for row in rows_of("line", found, trained=False)
            if row.level == "loss, train"}  # fmt: skip
    assert rows["largest bump"] == 0
    assert rows["start"] == 1
    assert "instability" not in rows


def test_a_rise_in_the_last_interval_counts():
    at, losses = np.linspace(0, 1, 5), np.array([4.0, 3, 2, 1, 2])
    assert bump(losses) == 1
    assert bump_width(at, losses) == 0.25
    assert not monotone(losses)


def test_monotone_paths_from_an_initialisation_may_be_far_above_the_mean_of_their_ends():
    at, losses = np.linspace(0, 1, 5), np.array([8.0, 7.9, 7.85, 6, 0])
    assert monotone(losses)
    assert np.isclose(instability(at, losses), 3.85)
    assert np.isclose(fallen(at, losses), 0.15 / 8)


def test_the_gauss_length_of_a_circle_and_of_a_line():
    angle = np.linspace(0, np.pi, 400)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert abs(gauss_length(circle) - np.pi) < 0.02
    assert gauss_length(np.outer(np.linspace(0, 1, 9) ** 2, [3.0, 4.0])) < 1e-6


def network(seed: int = 0, norm: bool = False) -> nn.Sequential:
    torch.manual_seed(seed)
    middle = [nn.BatchNorm1d(16)] if norm else []
    return nn.Sequential(nn.Linear(4, 16), *middle, nn.Tanh(), nn.Dropout(0.5), nn.Linear(16, 2))


X = torch.randn(200, 4, generator=torch.Generator().manual_seed(7))
Y = ((X[:, 0] * X[:, 1]) > 0).long()


def measure(model) -> Measurement:
    assert not model.training
    rows, outputs = [], []
    for x, y in zip(X.split(50), Y.split(50), strict=True):
        logits = model(x)
        loss = nn.functional.cross_entropy(logits, y, reduction="sum")
        rows.append([float(loss), float((logits.argmax(1) != y).sum()), len(y)])
        outputs.append(logits.double().numpy())
    return Measurement(np.array(rows), np.concatenate(outputs))


@pytest.fixture(scope="module")
def trained() -> nn.Sequential:
    model = network()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(150):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model.eval()(X), Y).backward()
        optimiser.step()
    return model


def permuted(model, order):
    other = deepcopy(model)
    with torch.no_grad():
        other[0].weight.copy_(model[0].weight[order])
        other[0].bias.copy_(model[0].bias[order])
        other[-1].weight.copy_(model[-1].weight[:, order])
    return other


def test_a_permuted_copy_is_behind_a_barrier_and_not_once_that_is_undone(trained):
    order = torch.randperm(16, generator=torch.Generator().manual_seed(3))
    other = permuted(trained, order)
    back = permuted(other, torch.argsort(order))
    far = interpolate(trained, trained.state_dict(), other.state_dict(), {"x": measure})
    near = interpolate(trained, trained.state_dict(), back.state_dict(), {"x": measure})
    assert np.isclose(far.loss("x")[0], far.loss("x")[-1])
    assert above_ends(far.loss("x")) > 0.1
    assert instability(far.at, far.error("x")) > 0.05
    assert above_ends(near.loss("x")) < 1e-6
    assert near.distance == 0 < far.distance


def test_the_model_is_left_as_it_was(trained):
    trained.train()
    trained[0].eval()
    before = {name: tensor.clone() for name, tensor in trained.state_dict().items()}
    modes = [module.training for module in trained.modules()]
    start = network(5).state_dict()
    kept = {name: tensor.clone() for name, tensor in start.items()}
    interpolate(trained, start, trained.state_dict(), {"x": measure}, LineOptions(3, beyond=1))
    assert modes == [module.training for module in trained.modules()]
    for name, tensor in trained.state_dict().items():
        assert tensor.numpy().tobytes() == before[name].numpy().tobytes()
        assert start[name].numpy().tobytes() == kept[name].numpy().tobytes()
    assert all(
        parameter.grad is None or parameter.requires_grad for parameter in trained.parameters()
    )


def test_the_ends_are_the_two_models(trained):
    start = network(5)
    found = interpolate(
        trained, start.state_dict(), trained.state_dict(), {"x": measure}, LineOptions(2)
    )
    for model, k in ((start, 0), (trained, 1)):
        with torch.no_grad():
            assert np.array_equal(found.counts["x"][k], measure(deepcopy(model).eval()).counts)
    assert found.gauss == 0


def test_a_layer_alone_moves(trained):
    start = network(5).state_dict()
    found = interpolate(
        trained,
        start,
        trained.state_dict(),
        {"x": measure},
        LineOptions(2, moves=lambda name: name.startswith("0.")),
    )
    mixed = deepcopy(trained)
    mixed.load_state_dict({name: start[name] if name.startswith("0.") else tensor
                           for name, tensor in trained.state_dict().items()})  # fmt: skip
    with torch.no_grad():
        assert np.array_equal(found.counts["x"][0], measure(mixed.eval()).counts)
    assert found.distance < distance(start, trained.state_dict())


def test_running_statistics_are_estimated_again_or_refused():
    model = network(norm=True)
    states = model.state_dict(), network(1, norm=True).state_dict()
    with pytest.raises(ValueError, match="keeps running statistics"):
        interpolate(model, *states, {"x": measure}, LineOptions(2))
    seen = []

    def look(copy):
        norm = next(m for m in copy.modules() if isinstance(m, nn.BatchNorm1d))
        seen.append((norm.running_mean.clone(), copy[0](X).mean(0)))
        return measure(copy)

    interpolate(model, *states, {"x": look}, LineOptions(3, calibrate=lambda copy: copy(X)))
    assert all(torch.allclose(kept, own, atol=1e-5) for kept, own in seen)
    assert len(seen) == 3


def test_states_of_another_kind_are_refused(trained):
    good = trained.state_dict()
    less = {name: tensor for name, tensor in good.items() if name != "0.bias"}
    broken = {**good, "0.bias": good["0.bias"] * float("nan")}
    for state, words in [
        (less, "the weights lack 0.bias"),
        ({**good, "9.bias": good["0.bias"]}, "the model has no 9.bias"),
        ({**good, "0.bias": torch.zeros(3)}, r"0.bias is of shape \(3,\), not \(16,\)"),
        (broken, "0.bias has weights that are not finite"),
    ]:
        with pytest.raises(ValueError, match=words):
            interpolate(trained, good, state, {"x": measure})
    with pytest.raises(ValueError, match="1 points"):
        interpolate(trained, good, good, {"x": measure}, LineOptions(1))


def test_starts_that_are_bad_on_purpose(trained):
    state = trained.state_dict()
    assert all(not tensor.any() for tensor in zero(state).values())
    other = shuffled(state, 1)
    assert all(
        torch.equal(other[n].flatten().sort()[0], state[n].flatten().sort()[0]) for n in state
    )
    assert torch.equal(scaled(state, 3)["0.weight"], 3 * state["0.weight"])
    assert torch.equal(scaled(state, 3)["0.bias"], state["0.bias"])
