"""qa.training: scores after CMRC2018, questions that can be answered or not, and a run that stops.

What needs torch imports it inside the test.
"""

from __future__ import annotations

import hashlib
import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from embeddings.encoder import BUILTIN_FOLDER
from qa.reading.windows import EOS, Tokens, Windower, with_boundaries
from qa.text import fold
from qa.training.questions import news as news_module
from qa.training.questions.asking import MAX_QUESTION, MIN_QUESTION, ask, statements
from qa.training.questions.examples import Example, WrongContexts
from qa.training.questions.news import Names, News, Swap, _rewrite
from qa.training.scoring import exact, f1, units

if TYPE_CHECKING:
    from transformers import BertForQuestionAnswering

    from qa.training.spans.features import Feature

ROOT = Path(__file__).parents[2]
TOKENIZER = with_boundaries(Tokenizer.from_file(str(BUILTIN_FOLDER / "tokenizer.json")))
WINDOWER = Windower(TOKENIZER)


def seeded(seed: int = 0) -> random.Random:
    return random.Random(seed)  # noqa: S311 - draws that have to be the same every time


# -- scoring -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "prediction", "right"),
    [
        (["红楼梦"], "红楼梦", 1),
        (["红楼梦"], "《红楼梦》。", 1),
        (["iPhone X"], "IPHONE x", 1),
        (["1963年"], "1963", 0),
        (["60个", "六十个"], "六十个", 1),
        (["红楼梦"], "", 0),
        ([], "红楼梦", 0),
    ],
)
def test_exact_leaves_out_punctuation_and_case(
    answers: list[str], prediction: str, right: float
) -> None:
    assert exact(answers, prediction) == right


def test_han_characters_are_units_and_other_words_are_whole() -> None:
    assert units("《Windows》XP有1,234.5个，don't") == ["windowsxp", "有", "1,234.5", "个", "don't"]


@pytest.mark.parametrize(
    ("answers", "prediction", "score"),
    [
        (["1963年4月5日"], "1963年", 0.5),  # 2 of 6 units, and all of its own
        (["1963年"], "1963年4月5日", 0.5),
        (["甲乙丙丁"], "甲乙丁", 4 / 7),  # the longest *substring*: 2 of 4 and of 3
        (["Windows XP"], "windows", 2 / 3),
        (["Windows"], "Win", 0),
        (["8.5%"], "8.5", 2 / 3),
        (["红楼梦"], "“红楼梦”", 1),
        (["丙", "甲乙"], "甲乙", 1),
        (["甲"], "乙", 0),
        (["甲"], "", 0),
        ([], "甲", 0),
    ],
)
def test_f1_is_by_the_longest_common_stretch(
    answers: list[str], prediction: str, score: float
) -> None:
    assert f1(answers, prediction) == pytest.approx(score)


# -- examples ------------------------------------------------------------------------------------


def test_a_wrong_context_is_like_the_right_one_but_holds_no_answer(
    request: pytest.FixtureRequest,
) -> None:
    right, sibling, other = "鹤山引进项目60个。", "鹤山签约项目48个。", "潮州引进项目35个。"
    question = Example("鹤山引进了多少个项目", right, ((6, 9),), title="鹤山")
    poem = Example("春眠不觉晓的下一句", "处处闻啼鸟。", ((0, 5),), title="诗")
    also_60 = ["鹤山去年引进项目60个。", "潮州引进项目也是60个。"]
    contexts = {sibling: "鹤山", other: "潮州", also_60[0]: "鹤山", also_60[1]: "潮州"}
    others = [Example("问", text, ((0, 1),), title=title) for text, title in contexts.items()]
    wrong = WrongContexts([question, poem, *others])
    request.addfinalizer(wrong._scratch.cleanup)
    dice = seeded()
    found = [wrong.find(question, dice) for _ in range(60)]
    assert {item and (item.passage, item.question, item.answers) for item in found} == {
        (sibling, question.question, ()),
        (other, question.question, ()),
    }
    assert wrong.find(poem, dice) is None


# -- questions -----------------------------------------------------------------------------------

SENTENCES = {
    "2023年8月2日，鹤山市引进亿元以上项目60个，总投资209亿元。": {
        ("60个", "number"),
        ("209亿元", "number"),
        ("2023年8月2日", "date"),
        ("鹤山市", "place"),
    },
    "市委书记李明在江门市召开了推进会。": {("李明", "person"), ("江门市", "place")},
    "公司推出了《城市之光》系列丛书，人民文学出版社出版。": {
        ("《城市之光》", "name"),
        ("人民文学出版社", "organisation"),
    },
    "电子信息、新能源、水产养殖和家具制造，增长８．５％。": {
        ("电子信息、新能源、水产养殖和家具制造", "list"),
        ("８．５％", "number"),
    },
    "形势喜人。": set(),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_can_be_asked_for(sentence: str) -> None:
    found = {(sentence[item.start : item.end], item.kind) for item in statements(sentence)}
    assert found == SENTENCES[sentence]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_question_does_not_say_what_it_asks_for(sentence: str) -> None:
    for target in statements(sentence):
        asked = fold(sentence[target.start : target.end])
        for seed in range(100):
            question = ask(sentence, target, seeded(seed))
            if question is not None:
                assert asked not in question
                assert MIN_QUESTION <= len(question.rstrip("?").removesuffix("呢")) <= MAX_QUESTION


@pytest.mark.parametrize(
    ("sentence", "said", "question"),
    [
        ("近日，鹤山市引进亿元以上项目60个。", "60个", "鹤山市引进亿元以上项目多少个?"),
        ("近日，鹤山市农业总产值达8亿元。", "8亿元", "鹤山市农业总产值是多少?"),
        ("鹤山市委书记李明在江门市召开了推进会。", "李明", "鹤山市委书记是谁?"),
        ("市委书记李明在江门市召开了推进会。", "江门市", "市委书记李明在哪里召开了推进会?"),
        ("8月2日，鹤山市召开招商推进会。", "8月2日", "鹤山市什么时候召开招商推进会?"),
        ("8月2日，鹤山市召开招商推进会。", "8月2日", "鹤山市是什么时候召开招商推进会的?"),
    ],
)
def test_questions_are_asked_as_people_ask_them(sentence: str, said: str, question: str) -> None:
    (target,) = [item for item in statements(sentence) if sentence[item.start : item.end] == said]
    assert question in {ask(sentence, target, seeded(seed)) for seed in range(300)}


# -- news ----------------------------------------------------------------------------------------

HEADLINE = "鹤山招商引资再创新高"
ARTICLE = f"""{HEADLINE}
2023年8月2日，鹤山市召开招商推进会，市委书记李明出席并讲话。
今年1月至6月，鹤山市引进亿元以上项目60个，总投资209亿元，同比增长8.5%。去年同期引进48个。
会议在鹤山市文化中心举行，江门市商务局派出12名代表参加。会上签约的企业包括鹤山市华烽科技有限公司、\
三和食品公司和友联物流集团，投资额超过50亿元。
5月，园区新增厂房35万平方米，可以容纳企业150家。梅州市将于9月10日派出考察团到鹤山市学习，预计停留3天。"""
OTHERS = "潮州市湘桥区引进了多少个项目，惠州市的产值是多少，梅江区是哪个市的"


def example(seed: int, share: str, monkeypatch: pytest.MonkeyPatch) -> Example | None:
    """Make one example.  Up to what becomes of it, all of one seed are the same."""
    monkeypatch.setattr(news_module, "SHARES", {share: 1})
    news = News([ARTICLE], seeded(seed))
    news._pool.add(OTHERS)
    return next(news.examples(1), None)


def pairs(share: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Example, Example]]:
    """Return examples with what became of them, where that is what was to become of them."""
    made = [
        (example(seed, "plain", monkeypatch), example(seed, share, monkeypatch))
        for seed in range(80)
    ]
    found = [(one, other) for one, other in made if one and other and other.kind == f"news {share}"]
    assert len({one.question for one, _ in found}) > 1
    return found


def said(made: Example) -> list[str]:
    return [made.passage[start:end] for start, end in made.answers]


def lacks_a_stretch(shorter: str, longer: str) -> bool:
    size = len(longer) - len(shorter)
    return size > 0 and any(
        longer[:at] + longer[at + size :] == shorter for at in range(len(shorter) + 1)
    )


def test_the_answer_of_an_example_stands_in_its_passage(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [found for seed in range(80) if (found := example(seed, "plain", monkeypatch))]
    assert all(found.passage.removeprefix(f"{HEADLINE}\n") in ARTICLE for found in made)
    assert {(answer, found.kind) for found in made for answer in said(found)} >= {
        ("60个", "news number"),
        ("8.5%", "news number"),
        ("2023年8月2日", "news date"),
        ("李明", "news person"),
        ("江门市", "news place"),
    }


def test_what_an_example_asks_for_does_not_stand_in_its_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seed in range(80):
        found = example(seed, "plain", monkeypatch)
        if found is not None:
            assert not any(fold(answer) in found.question for answer in said(found))


def test_a_swapped_question_names_what_the_passage_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swaps: list[tuple[str, str, Swap]] = []
    original = News._swap

    def noted(self: News, question: str, passage: str) -> Swap | None:
        swapped = original(self, question, passage)
        if swapped is not None:
            swaps.append((question, passage, swapped))
        return swapped

    monkeypatch.setattr(News, "_swap", noted)
    found = pairs("swapped", monkeypatch)
    assert len(found) == len(swaps)
    for (plain, other), (question, passage, (asked, name, instead, at)) in zip(
        found, swaps, strict=True
    ):
        assert (plain.question, plain.passage) == (question, passage)
        unsupported = ((at, at + len(instead)),)
        assert other == Example(asked, passage, (), kind="news swapped", unsupported=unsupported)
        assert asked[at : at + len(instead)] == instead
        assert asked in [
            question[: match.start()] + instead + question[match.end() :]
            for match in re.finditer(name, question)
        ]
        assert name in fold(passage)
        assert not re.search(rf"(?<!\d){instead}(?!\d)", fold(passage))
    assert {"潮州市", "惠州市"} & {instead for *_, (_, _, instead, _) in swaps}
    assert any(instead.isdigit() for *_, (_, _, instead, _) in swaps)


def test_another_name_is_of_the_sort_and_not_in_the_text() -> None:
    names = Names()
    names.by_sort["place市"] = ["潮州市", "惠州市", "鹤山市"]
    dice = seeded()
    found = {names.other("place市", "鹤山市", "到潮州市去", dice) for _ in range(40)}
    assert found - {None} == {"惠州市"}
    assert names.other("place市", "鹤山", "潮州市、惠州市", dice) is None
    assert names.other("place县", "鹤山县", "", dice) is None


def test_a_removed_sentence_takes_the_answer_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for plain, removed in pairs("removed", monkeypatch):
        (answer,) = said(plain)
        assert answer not in removed.passage
        assert (removed.question, removed.answers) == (plain.question, ())
        assert lacks_a_stretch(removed.passage, plain.passage)


def test_a_passage_from_elsewhere_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news_module, "PASSAGE", (40, 60))  # so that there is an elsewhere
    for plain, other in pairs("elsewhere", monkeypatch):
        (answer,) = said(plain)
        assert answer not in other.passage
        assert other.passage in ARTICLE
        assert (other.question, other.answers) == (plain.question, ())


def test_beside_the_answer_stands_its_like_about_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = set()
    for plain, beside in pairs("beside", monkeypatch):
        (answer,), (other,) = said(plain), said(beside)
        assert lacks_a_stretch(plain.passage, beside.passage)
        assert re.sub(r"\d", "#", other) == re.sub(r"\d", "#", answer)
        assert (beside.question == plain.question) == (other == answer)
        kept.add(beside.question == plain.question)
    assert kept == {True, False}


def test_the_like_has_another_month_and_answer_and_nothing_else() -> None:
    sentence = "2018年8月引进项目80个，总投资28亿元。"
    start = sentence.index("80个")
    like, at = _rewrite(sentence, (start, start + 3), "57个", "8", "3")
    assert like == "2018年3月引进项目57个,总投资28亿元。"
    assert like[at : at + 3] == "57个"


def test_the_same_seed_makes_the_same_examples() -> None:
    first, second = (list(News([ARTICLE] * 30, seeded(7)).examples(2)) for _ in range(2))
    assert first == second
    assert first != list(News([ARTICLE] * 30, seeded(8)).examples(2))
    assert len({made.kind for made in first}) > 5


@pytest.mark.slow
def test_another_process_makes_the_same_examples(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(ARTICLE, encoding="utf-8")
    script = (
        "import pathlib, random, sys\n"
        "from qa.training.questions.news import News\n"
        "article = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')\n"
        "print(ascii(list(News([article] * 30, random.Random(7)).examples(2))))\n"
    )
    digests = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "article.txt")],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        digests.add(hashlib.sha256(done.stdout).hexdigest())
    here = ascii(list(News([ARTICLE] * 30, seeded(7)).examples(2))) + "\n"
    assert digests == {hashlib.sha256(here.encode()).hexdigest()}


# -- features ------------------------------------------------------------------------------------


def tokens(text: str) -> Tokens:
    return WINDOWER.tokens([text])[0]


def decoded(found: Feature, first: int, last: int) -> str:
    return TOKENIZER.decode(found.ids[first:last]).replace(" ", "")


@pytest.mark.slow
@pytest.mark.parametrize("before", [0, 1, 100, 250, 399, 600])
def test_a_feature_s_target_is_its_answer(before: int) -> None:
    from qa.training.spans.features import LENGTHS, feature

    passage = "甲" * before + "60个" + "乙" * (600 - before)
    made = Example("有多少个？", passage, ((before, before + 3),))
    offsets = set()
    for seed in range(60):
        dice = seeded(seed)
        found = feature(WINDOWER, made, tokens(passage), tokens(made.question), dice)
        assert decoded(found, found.start, found.end + 1) == "60个"
        assert found.first <= found.start <= found.end < found.last
        assert found.ids[found.last :] == [EOS]
        assert len(found.ids) in LENGTHS  # no token of room is wasted
        offsets.add(found.start)
    assert len(offsets) > 20 or before in {0, 1, 600}  # anywhere in the window


@pytest.mark.slow
def test_a_feature_without_an_answer_points_at_the_first_token() -> None:
    from qa.training.spans.features import feature

    made = Example("有多少个", "形势喜人。", ())
    found = feature(WINDOWER, made, tokens(made.passage), tokens(made.question), seeded())
    assert (found.start, found.end) == (0, 0)
    assert decoded(found, found.first, found.last) == "形势喜人。"


@pytest.mark.slow
def test_of_an_answer_longer_than_the_window_there_is_a_part() -> None:
    from qa.training.spans.features import feature

    made = Example("问", "甲乙丙丁" * 100, ((10, 390),))
    found = feature(WINDOWER, made, tokens(made.passage), tokens("问"), seeded())
    assert found.first <= found.start <= found.end < found.last


@pytest.mark.slow
def test_another_window_of_the_passage_does_not_hold_the_answer() -> None:
    from qa.training.spans.features import other_window

    passage = "甲" * 300 + "60个" + "乙" * 300 + "60个"
    made = Example("有多少个", passage, ((300, 303),))
    seen = set()
    for seed in range(40):
        dice = seeded(seed)
        found = other_window(WINDOWER, made, tokens(passage), tokens(made.question), dice)
        if found is None:
            continue
        assert (found.start, found.end) == (0, 0)
        shown = decoded(found, found.first, found.last)
        assert "60个" not in shown
        assert len(found.ids) <= 256
        seen |= set(shown)
    assert {"甲", "乙"} <= seen
    short = Example("有多少个", "有60个。", ((1, 4),))
    assert other_window(WINDOWER, short, tokens("有60个。"), tokens("问"), seeded()) is None


def features_of(lengths: list[int]) -> list[Feature]:
    """Features that can be told apart by their second token."""
    from qa.training.spans.features import Feature

    return [
        Feature([0, 100 + number, *[5] * (length - 3), EOS], 3, length - 1, 3, length - 2)
        for number, length in enumerate(lengths)
    ]


@pytest.mark.slow
@given(
    st.lists(st.integers(5, 500), min_size=1, max_size=60),
    st.sampled_from([400, 1000, 6144]),
    st.integers(),
)
def test_batches_hold_every_feature_once_within_the_tokens_allowed(
    lengths: list[int], allowed: int, seed: int
) -> None:
    from qa.training.spans.features import STEP, batches, collate, padded

    made = features_of(lengths)
    found = batches(made, allowed, seeded(seed))
    assert sorted(item.ids[1] for batch in found for item in batch) == [
        item.ids[1] for item in made
    ]
    for batch in found:
        shape = collate(batch).ids.shape
        assert shape == (len(batch), padded(max(len(item.ids) for item in batch)))
        assert shape[1] % STEP == 0
        assert shape[0] * shape[1] <= allowed or len(batch) == 1
    assert found == batches(made, allowed, seeded(seed))


@pytest.mark.slow
def test_a_batch_is_padded_and_allows_the_passage_and_the_first_token() -> None:
    from qa.training.spans.features import collate

    batch = collate(features_of([6, 70]))
    assert batch.ids.shape == batch.mask.shape == batch.allowed.shape == (2, 128)
    assert batch.ids[0, :7].tolist() == [0, 100, 5, 5, 5, EOS, 1]
    assert batch.mask.sum(1).tolist() == [6, 70]
    assert batch.mask[1, 69:71].tolist() == [1, 0]
    assert batch.allowed[0].nonzero().flatten().tolist() == [0, 3, 4]
    assert batch.allowed[1].nonzero().flatten().tolist() == [0, *range(3, 69)]
    assert (batch.start.tolist(), batch.end.tolist()) == ([3, 3], [4, 68])


# -- attention -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
def test_attention_and_its_gradients_are_torch_s(*, masked: bool) -> None:
    import torch
    from torch.nn.functional import scaled_dot_product_attention
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    from qa.training.spans.attention import NAME

    torch.manual_seed(0)
    inputs = torch.randn(3, 3, 2, 7, 4)  # query, key, value; texts, heads, tokens, size
    weights = torch.randn(3, 7, 2, 4)
    seen = torch.ones(3, 1, 7, 7, dtype=torch.bool)
    for text, length in enumerate((7, 4, 1)):
        seen[text, :, :, length:] = False
    mask = seen if masked else None
    results = []
    for own in (True, False):
        query, key, value = (part.clone().requires_grad_() for part in inputs)
        if own:
            attend: Any = ALL_ATTENTION_FUNCTIONS[NAME]
            found, _ = attend(torch.nn.Module(), query, key, value, mask, scaling=0.3)
        else:
            plain = scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=0.3)
            found = plain.transpose(1, 2)
        (found * weights).sum().backward()
        results.append([found, query.grad, key.grad, value.grad])
    for mine, theirs in zip(*results, strict=True):
        assert theirs.abs().max() > 0.1
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-5)


# -- training ------------------------------------------------------------------------------------


def untrained(attention: str) -> BertForQuestionAnswering:
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=26500,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation=attention,
    )
    return BertForQuestionAnswering(config)


@pytest.mark.slow
def test_a_model_learns_the_same_with_either_attention() -> None:
    from qa.training.spans.attention import NAME
    from qa.training.spans.features import collate
    from qa.training.spans.train import span_loss

    batch = collate(features_of([20, 9, 40]))
    gradients = []
    for attention in (NAME, "sdpa"):
        model = untrained(attention)
        found = model(input_ids=batch.ids, attention_mask=batch.mask)
        span_loss(found.start_logits, found.end_logits, batch).backward()
        gradients.append({name: item.grad for name, item in model.named_parameters()})
    own, theirs = gradients
    assert theirs["bert.encoder.layer.0.attention.self.query.weight"].abs().max() > 1e-6
    for name, gradient in theirs.items():
        assert (own[name] - gradient).abs().max() < 1e-5, name


@pytest.mark.slow
def test_the_loss_is_over_the_passage_and_the_first_token() -> None:
    import torch

    from qa.training.spans.features import collate
    from qa.training.spans.train import span_loss

    batch = collate(features_of([6, 14]))  # 2 and 10 tokens of passage
    logits = torch.full(batch.ids.shape, 50.0)  # the question's and the padding's do not count
    logits[batch.allowed] = 0.0
    even = (math.log(3) + math.log(11)) / 2
    assert float(span_loss(logits, logits, batch)) == pytest.approx(even)
    sure = logits.clone()
    sure[[0, 1], batch.start] = 100.0
    assert float(span_loss(sure, logits, batch)) == pytest.approx(even / 2)
    assert float(span_loss(logits, sure, batch)) > 50  # sure of another end


class StopError(Exception):
    """The power fails."""


@pytest.mark.slow
@pytest.mark.parametrize("stopped_in", [2, 5, 8, 13])  # steps; a stage has 8
def test_a_run_that_is_stopped_ends_with_the_weights_of_one_that_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_in: int
) -> None:
    import torch

    from qa.training.spans import train
    from qa.training.spans.attention import NAME

    monkeypatch.setattr(train, "SAVED_EVERY", 3)
    monkeypatch.setattr(train, "TOKENS", 256)

    def make(dice: random.Random) -> list[Feature]:
        return features_of([dice.randint(6, 60) for _ in range(16)])

    stages = [
        train.Stage("first", make, passes=2, first=1e-2, last=1e-2, warm_up=4),
        train.Stage("second", make, passes=2, first=1e-2, last=0.0),
    ]

    learn, steps = train.Run._learn, []

    def counted(self: train.Run, *arguments: Any) -> float:
        if len(steps) == stopped_in:
            raise StopError
        steps.append(self._step)
        return learn(self, *arguments)

    whole = train.Run(untrained(NAME), tmp_path / "whole")
    whole.train(stages)
    with monkeypatch.context() as patch:
        patch.setattr(train.Run, "_learn", counted)
        with pytest.raises(StopError):
            train.Run(untrained(NAME), tmp_path / "stopped").train(stages)
    continued = train.Run(untrained(NAME), tmp_path / "stopped")
    stage, step = divmod(stopped_in, 8)
    assert (continued._stage, continued._step) == (stage, step // 3 * 3)
    continued.train(stages)
    expected, found = whole.model.state_dict(), continued.model.state_dict()
    assert all(torch.equal(found[name], weights) for name, weights in expected.items())
    start = untrained(NAME).state_dict()
    assert not torch.equal(start["qa_outputs.weight"], expected["qa_outputs.weight"])


@pytest.mark.slow
def test_a_run_that_is_done_does_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from qa.training.spans import train

    stage = train.Stage("only", lambda _: features_of([9, 9]), passes=1)
    first = train.Run(untrained("sdpa"), tmp_path)
    first.train([stage])
    monkeypatch.setattr(train.Run, "_learn", None)
    again = train.Run(untrained("sdpa"), tmp_path)
    again.train([stage])
    weights = again.model.state_dict()
    assert all(torch.equal(weights[name], item) for name, item in first.model.state_dict().items())


@pytest.mark.slow
def test_the_mean_is_of_the_weights_with_which_the_stages_ended(tmp_path: Path) -> None:
    import torch

    from qa.training.spans import train

    stages = [
        train.Stage(name, lambda _: features_of([9, 9]), passes=1, first=1e-2, last=1e-2)
        for name in ("one", "two")
    ]
    run = train.Run(untrained("sdpa"), tmp_path)
    ends = []
    for done in (1, 2):
        run.train(stages[:done])
        ends.append({name: item.clone() for name, item in run.model.state_dict().items()})
    assert not torch.equal(ends[0]["qa_outputs.weight"], ends[1]["qa_outputs.weight"])
    mean = run.mean(stages)
    assert mean.keys() == ends[0].keys()
    for name, item in mean.items():
        torch.testing.assert_close(item, (ends[0][name] + ends[1][name]) / 2)


# -- calibrate ----------------------------------------------------------------------------------


@pytest.mark.slow  # it imports the whole program
def test_a_logistic_regression_finds_the_odds_that_made_the_cases() -> None:
    from qa.training.calibrate import fit_logistic

    dice = np.random.default_rng(0)
    features = dice.normal(size=(20_000, 2))
    odds = -0.5 + features @ np.array([2.0, -1.0])
    right = (dice.random(20_000) < 1 / (1 + np.exp(-odds))).astype(float)
    assert fit_logistic(features, right) == pytest.approx([-0.5, 2.0, -1.0], abs=0.1)
    # Of one kind alone, without a feature, it is the share.
    (bias,) = fit_logistic(np.zeros((4, 0)), np.array([1.0, 1.0, 1.0, 0.0]))
    assert 1 / (1 + np.exp(-bias)) == pytest.approx(0.75, abs=1e-3)
