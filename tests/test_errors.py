from __future__ import annotations

import pytest

from pellucid import errors
from pellucid.errors import MissingExtraError, PellucidError, nearest, require


def test_all_errors_are_one_family_that_is_a_value_error() -> None:
    family = [
        e
        for e in vars(errors).values()
        if isinstance(e, type) and issubclass(e, Exception) and e.__module__ == errors.__name__
    ]
    assert len(family) >= 9
    assert all(issubclass(e, PellucidError) and issubclass(e, ValueError) for e in family)


def test_require_imports_what_is_there() -> None:
    import json

    assert require("json", extra="data") is json


def test_require_names_the_extra_that_is_missing() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'pellucid\[data\]'"):
        require("no_such_package_anywhere", extra="data")


def test_nearest_names_the_closest_or_all() -> None:
    assert nearest("tarin", ["train", "act"]) == "did you mean 'train'?"
    assert nearest("xyz", ["train", "act"]) == "known: act, train"
