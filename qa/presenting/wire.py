"""The JSON forms of the data model: the fields of the dataclasses, dates in ISO 8601."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from qa.types import Article

_BRIEF = ("id", "title", "source", "published", "path")


def as_json(value: Any) -> Any:  # noqa: ANN401 - any value of the data model
    """Return ``value`` as what ``json.dumps`` takes; an article inside another value in brief."""
    return _convert(value, outermost=True)


def _convert(value: Any, *, outermost: bool = False) -> Any:  # noqa: ANN401
    if isinstance(value, Article) and not outermost:
        return {name: _convert(getattr(value, name)) for name in _BRIEF}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: _convert(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
        if isinstance(value, Article) and not value.pages:
            del fields["pages"]  # most articles have none
        return fields
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_convert(item) for item in value]
    if isinstance(value, dict):
        return {key: _convert(item) for key, item in value.items()}
    return value
