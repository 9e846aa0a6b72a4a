"""embeddings.encoder: the built-in model against the recipe's vectors, prompts, order, errors."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings import BUILTIN, ModelError, SentenceTransformerEncoder
from embeddings import encoder as encoder_module
from embeddings.encoder import BUILTIN_FOLDER, CHUNK, find_model
from embeddings.precision import best_precision, float32
from embeddings.trunk import Trunk

ROOT = Path(__file__).parents[2]
TEXTS = ["鹤山引进亿元以上项目60个。", "今天天气很好。", "潮州专家智库正式成立。" * 20, "中"]


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


def model_like_builtin(folder: Path) -> Path:
    """Make a folder with the built-in model's small files and a stand-in for its weights."""
    shutil.copytree(
        BUILTIN_FOLDER, folder, ignore=shutil.ignore_patterns("*.safetensors", "tokenizer.json")
    )
    (folder / "model.safetensors").write_bytes(b"weights" * 10)
    return folder


# -- without loading the model -----------------------------------------------------------------


def test_the_built_in_model_is_small_enough_to_ship() -> None:
    size = sum(path.stat().st_size for path in BUILTIN_FOLDER.rglob("*") if path.is_file())
    assert 40e6 < size < 45e6


def test_the_built_in_model_brings_the_prompts_of_e5() -> None:
    path = BUILTIN_FOLDER / "config_sentence_transformers.json"
    assert json.loads(path.read_text(encoding="utf-8"))["prompts"] == {
        "query": "query: ",
        "document": "passage: ",
    }


def test_a_model_is_the_built_in_one_or_a_folder(tmp_path: Path) -> None:
    assert find_model(BUILTIN) == BUILTIN_FOLDER
    assert find_model(str(tmp_path)) == tmp_path.resolve()


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no such name", "/nowhere/at/all"])
def test_an_unknown_model_is_an_error_that_says_what_to_do(name: str) -> None:
    message = rf"'{name}' is neither a folder nor in the local model cache; fetch it first"
    with pytest.raises(ModelError, match=message):
        SentenceTransformerEncoder(name)


def test_the_fingerprint_is_short_hexadecimal_and_the_same_every_time() -> None:
    first, second = SentenceTransformerEncoder(), SentenceTransformerEncoder()
    assert first.fingerprint == second.fingerprint
    assert len(first.fingerprint) == 32
    assert set(first.fingerprint) <= set("0123456789abcdef")


def test_another_process_can_have_one_like_it() -> None:
    encoder = SentenceTransformerEncoder(query_prompt="q: ")
    other = pickle.loads(pickle.dumps(encoder))  # noqa: S301
    assert isinstance(other, SentenceTransformerEncoder)
    assert (other.name, other.fingerprint) == (encoder.name, encoder.fingerprint)


def test_the_fingerprint_changes_with_the_prompts() -> None:
    fingerprints = {
        SentenceTransformerEncoder().fingerprint,
        SentenceTransformerEncoder(query_prompt="").fingerprint,
        SentenceTransformerEncoder(query_prompt="q: ").fingerprint,
        SentenceTransformerEncoder(document_prompt="q: ").fingerprint,
        SentenceTransformerEncoder(query_prompt="q: ", document_prompt="q: ").fingerprint,
    }
    assert len(fingerprints) == 5


def test_the_fingerprint_changes_with_any_file_but_not_with_the_place(tmp_path: Path) -> None:
    def fingerprint(folder: Path) -> str:
        return SentenceTransformerEncoder(str(folder)).fingerprint

    first, second = (model_like_builtin(tmp_path / name) for name in ("first", "second"))
    original = fingerprint(first)
    assert fingerprint(second) == original
    weights = second / "model.safetensors"
    weights.write_bytes(b"weightz" + weights.read_bytes()[7:])
    assert fingerprint(second) != original
    (first / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    assert fingerprint(first) != original


@pytest.mark.slow
def test_a_folder_without_a_model_is_an_error_when_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="no usable sentence-transformers model in"):
        SentenceTransformerEncoder(str(tmp_path)).encode_queries(["问"])


# -- with the model ----------------------------------------------------------------------------


@pytest.mark.slow
def test_the_built_in_model_is_the_one_of_the_recipe() -> None:
    from sentence_transformers import SentenceTransformer

    with np.load(ROOT / "tests" / "golden" / "encoder.npz") as golden:
        texts, expected = [str(text) for text in golden["texts"]], golden["vectors"]
    model = SentenceTransformer(str(BUILTIN_FOLDER), device="cpu", local_files_only=True)
    assert str(next(model.parameters()).dtype) == "torch.float32"
    found = model.encode(texts, show_progress_bar=False)
    assert found.shape == expected.shape == (5, 384)
    assert (found * expected).sum(axis=1).min() > 0.9999
    # The questions and passages that it learnt from took it away from its teacher; what it is for
    # is that a question lies nearest to the passage that answers it.
    question, passages = found[0], found[2:]
    assert int((passages @ question).argmax()) == 0


@pytest.mark.slow
def test_the_built_in_model_runs_as_sentence_transformers_runs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("embeddings.direct.best_precision", float32)
    monkeypatch.setattr(encoder_module, "best_precision", float32)
    texts = [*TEXTS, "", "\n ", "Ａ股 hello 😀", "長沙鎮發展甚麼" * 200]  # the last is cut at 512
    for prompts in ({}, {"query_prompt": "问：", "document_prompt": ""}):
        own = SentenceTransformerEncoder(**prompts)
        theirs = SentenceTransformerEncoder(**prompts)
        given = {"query": own._prompts["query"], "document": own._prompts["document"]}
        theirs._model = encoder_module._Sentences(BUILTIN_FOLDER, given, "cpu")
        assert own.dimension == theirs.dimension == 384
        for kind in ("encode_queries", "encode_documents"):
            np.testing.assert_allclose(
                getattr(own, kind)(texts), getattr(theirs, kind)(texts), atol=2e-6
            )


@pytest.mark.slow
def test_asking_needs_neither_transformers_nor_sentence_transformers() -> None:
    code = (
        "import sys; from embeddings import SentenceTransformerEncoder as E; from qa import Reader;"
        "E().encode_queries(['问']); Reader.load().read('问', ['答']);"
        "print({'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "set()\n"


@pytest.mark.slow
def test_the_golden_vectors_are_those_of_the_encoder_with_its_prompts(
    encoder: SentenceTransformerEncoder,
) -> None:
    with np.load(ROOT / "tests" / "golden" / "encoder.npz") as golden:
        texts, expected = [str(text) for text in golden["texts"]], golden["vectors"]
    # They were made in float32; this processor may multiply fewer bits.
    closest = {"float32": 0.99999, "bfloat16": 0.999, "int8": 0.99}[best_precision().name]
    for text, vector in zip(texts, expected, strict=True):
        kind, bare = text.split(": ", 1)
        encode = {"query": encoder.encode_queries, "passage": encoder.encode_documents}[kind]
        assert float(encode([bare])[0] @ vector) > closest


@pytest.mark.slow
def test_vectors_are_unit_float32_rows(encoder: SentenceTransformerEncoder) -> None:
    assert encoder.dimension == 384
    for vectors in (encoder.encode_documents(TEXTS), encoder.encode_queries(TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), 384)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.slow
def test_no_texts_give_no_rows(encoder: SentenceTransformerEncoder) -> None:
    assert encoder.encode_documents([]).shape == (0, 384)
    assert encoder.encode_queries([]).shape == (0, 384)


@pytest.mark.slow
def test_documents_keep_their_order_whatever_their_lengths(
    encoder: SentenceTransformerEncoder,
) -> None:
    together = encoder.encode_documents(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert float(encoder.encode_documents([text])[0] @ vector) > 0.999
    others = together @ together.T - np.eye(len(TEXTS))
    assert others.max() < 0.98  # so that a wrong order would have shown


@pytest.mark.slow
def test_few_lengths_are_met_so_that_few_kernels_are_kept(
    encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = set()
    texts = ["项目" * count for count in range(1, 120, 3)]
    plain = encoder.encode_documents(texts)
    run = Trunk.__call__

    def seen(trunk: Trunk, ids: Any) -> Any:
        lengths.add(ids.shape[1])
        return run(trunk, ids)

    monkeypatch.setattr(Trunk, "__call__", seen)
    encoder.encode_queries(["鹤山引进了多少亿元以上项目"])
    np.testing.assert_array_equal(encoder.encode_documents(texts), plain)
    for text in texts:
        encoder.encode_documents([text])
    assert len(lengths) > 2
    assert {length % 32 for length in lengths} == {0}


@pytest.mark.slow
def test_progress_counts_every_text_once_in_chunks(encoder: SentenceTransformerEncoder) -> None:
    counts: list[int] = []
    encoder.encode_documents(["中"] * (CHUNK + 3), progress=counts.append)
    assert counts == [CHUNK, 3]


@pytest.mark.slow
def test_questions_and_documents_get_their_own_prompts(
    encoder: SentenceTransformerEncoder,
) -> None:
    text = "鹤山引进亿元以上项目60个。"
    bare = SentenceTransformerEncoder(query_prompt="", document_prompt="")
    query, document = encoder.encode_queries([text])[0], encoder.encode_documents([text])[0]
    assert float(bare.encode_queries([f"query: {text}"])[0] @ query) > 0.9999
    assert float(bare.encode_documents([f"passage: {text}"])[0] @ document) > 0.9999
    assert float(query @ document) < 0.995
    assert float(bare.encode_queries([text])[0] @ bare.encode_documents([text])[0]) > 0.9999


@pytest.mark.slow
def test_a_text_beyond_the_model_s_length_is_encoded_by_its_beginning(
    encoder: SentenceTransformerEncoder,
) -> None:
    long = "潮州专家智库正式成立。" * 200
    first, second = encoder.encode_documents([long, long + "今天天气很好。"])
    assert float(first @ second) > 0.9999


@pytest.mark.slow
def test_a_question_is_nearest_to_its_answer(encoder: SentenceTransformerEncoder) -> None:
    query = encoder.encode_queries(["鹤山有多少个亿元项目"])[0]
    assert int((encoder.encode_documents(TEXTS) @ query).argmax()) == 0


def test_vectors_that_are_no_numbers_are_an_error() -> None:
    broken = SentenceTransformerEncoder()

    class Model:
        def encode(self, texts: list[str], *_: object) -> np.ndarray:
            return np.full((len(texts), 4), np.nan, dtype=np.float32)

    broken._model = Model()  # type: ignore[assignment]
    with pytest.raises(ModelError, match="gave vectors that are not finite numbers"):
        broken.encode_queries(["问"])


def test_nothing_is_loaded_before_the_first_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("loaded")

    monkeypatch.setattr(encoder_module.DirectModel, "load", refuse)
    lazy = SentenceTransformerEncoder()
    assert lazy.fingerprint
    with pytest.raises(AssertionError, match="loaded"):
        lazy.encode_queries(["问"])


def test_a_question_that_was_just_asked_is_not_encoded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[list[str]] = []

    class Counting:
        dimension = 2

        def encode(self, texts: list[str], kind: str, batch: int) -> Any:
            given.append(list(texts))
            assert (kind, batch) == ("query", 32)
            return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    monkeypatch.setattr(encoder_module, "_REMEMBERED", 2)
    encoder = SentenceTransformerEncoder()
    encoder._model = Counting()
    first = encoder.encode_queries(["一"])
    first[:] = 0  # what a caller does with it stays with the caller
    for text in ("一", "一二", "一", "一二三", "一", "一二"):
        expected = np.array([[len(text), 1.0]]) / np.hypot(len(text), 1.0)
        np.testing.assert_allclose(encoder.encode_queries([text]), expected, rtol=1e-6)
    assert given == [["一"], ["一二"], ["一二三"], ["一二"]]
    assert encoder.encode_queries(["一", "二"]).shape == (2, 2)
    assert given[4:] == [["一", "二"]]
