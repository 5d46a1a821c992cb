"""Weight matching finds the order that units were in, in networks of several kinds."""

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaModel

from ensemble.diagnosis.interpolation.permutations import matched, units_of


def mlp():
    return nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 9), nn.Tanh(), nn.Linear(9, 3))


def built(kind):
    sizes = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2}
    if kind == "gpt":
        return GPT2LMHeadModel(GPT2Config(vocab_size=20, n_embd=8, n_head=2, n_layer=2))
    if kind == "bert":
        return BertModel(BertConfig(vocab_size=20, num_attention_heads=2, **sizes))
    return LlamaModel(LlamaConfig(vocab_size=20, num_attention_heads=2, **sizes))


def shuffled(state, units, seed):
    found, chance = dict(state), torch.Generator().manual_seed(seed)
    for some in units:
        name, axis = some.places[0]
        order = torch.randperm(found[name].shape[axis], generator=chance)
        for name, axis in some.places:
            found[name] = found[name].index_select(axis, order)
    return found


@pytest.mark.parametrize(("kind", "layers"), [("mlp", 2), ("gpt", 2), ("bert", 2), ("llama", 2)])
def test_the_order_is_found_and_it_changes_no_output(kind, layers):
    torch.manual_seed(1)
    model = (mlp() if kind == "mlp" else built(kind)).eval()
    units = units_of(model)
    assert len(units) == layers
    own = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    other = shuffled(own, units, 3)
    given = torch.randn(4, 5) if kind == "mlp" else torch.arange(6)[None]
    first = [model(given)]
    model.load_state_dict(other)
    first.append(model(given))
    one, same = (x if kind == "mlp" else x[0] for x in first)
    assert torch.allclose(one, same, atol=1e-5)
    assert any(not torch.equal(own[name], other[name]) for name in own)
    back = matched(own, other, units)
    assert all(torch.equal(own[name], back[name]) for name in own)


def test_bad_input():
    with pytest.raises(ValueError, match="Linear has no hidden units that are known to permute"):
        units_of(nn.Linear(2, 2))
    model = mlp()
    state = model.state_dict()
    with pytest.raises(ValueError, match=r"0\.weight is not in both states, of one shape"):
        matched(state, {"x": torch.zeros(1)}, units_of(model))
