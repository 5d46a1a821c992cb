"""A tiny encoder, for what is trained on top of one."""

from pathlib import Path


def save_encoder(place: Path) -> None:
    """Save three layers of BERT with random weights, always the same, as transformers does."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = "[PAD] [CLS] [SEP] [UNK] please thank you sir hey lol the cat sat on a mat dear".split()
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", **special)
    fast.save_pretrained(place)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
    sizes |= {"num_hidden_layers": 3, "max_position_embeddings": 32, "vocab_size": len(words)}
    BertModel(BertConfig(**sizes), add_pooling_layer=False).save_pretrained(place)
