"""Documents, as they are read from files, to articles."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from qa.articles.descriptions import MAX_FIELD, Description
from qa.articles.formats import Document
from qa.articles.metadata import find_metadata
from qa.types import Article


def path_of(path: str, key: str) -> str:
    """Return the path of the article that a file's document with this key is."""
    return f"{path}#{key}" if key else path


def article_of(
    document: Document, path: str, digest: str, told: Description | None = None
) -> Article:
    """Return the article, without an id, that a document in the file ``path`` is.

    ``digest`` is the SHA-256 of the file; a row of a table has one of its own.  What ``told``, the
    file's sidecar, says goes before what the file does; its title is that of one article, and not
    of each of many.  A title or a source of more than ``MAX_FIELD`` characters is cut: a title
    stands before every passage that is encoded and read.
    """
    told = told or Description()
    known = find_metadata(document.text, path)
    title = ("" if document.key else told.title) or document.title or known.title
    source = told.source or document.source or known.source
    article = Article(
        id=0,
        path=path_of(path, document.key),
        title=title[:MAX_FIELD],
        source=source[:MAX_FIELD],
        published=told.published or document.published or known.published,
        url=told.url or document.url,
        text=document.text,
        sha256=digest,
        pages=document.pages,
        recognized=document.recognized,
    )
    return replace(article, sha256=_digest(article)) if document.key else article


def _digest(article: Article) -> str:
    """Return the SHA-256 of what a row of a table says."""
    said = [article.title, article.source, str(article.published), article.url, article.text]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
