"""Texts and their characters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data import Characters, load_text
from pellucid.errors import ConfigError, DataError


@given(st.text(min_size=1))
def test_what_is_encoded_is_decoded(text):
    alphabet = Characters.of(text)
    tokens = alphabet.encode(text)
    assert alphabet.decode(tokens) == text
    assert len(alphabet) == len(set(text))
    assert tokens.max() < len(alphabet)


def test_characters_are_numbered_in_the_order_of_unicode():
    np.testing.assert_array_equal(Characters.of("banana").encode("nab"), [2, 0, 1])


def test_a_strange_character_is_named():
    with pytest.raises(DataError, match="'z' is not of this alphabet of 3"):
        Characters.of("abc").encode("az")


def test_a_text_is_found_in_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path))
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "tinyshakespeare.txt").write_text("To be\n")
    assert load_text("tinyshakespeare") == "To be\n"
    with pytest.raises(ConfigError, match="did you mean 'tinyshakespeare'"):
        load_text("tinyshakespear")
