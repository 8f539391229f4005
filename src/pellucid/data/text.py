"""Plain texts by name, and their characters as numbers.

text = load_text("tinyshakespeare")
alphabet = Characters.of(text)
tokens = alphabet.encode(text)      # (L,) int64
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.data.fetch import FetchProgress, Source, fetch, local_file
from pellucid.errors import ConfigError, DataError, nearest

TEXTS = {
    "tinyshakespeare": Source(
        "tinyshakespeare.txt",
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ),
}


QUICK = "quick"
"""A small text that is made here and needs no file."""


@dataclass(frozen=True)
class Characters:
    """The alphabet of a text: a character is its place in it."""

    letters: str

    @classmethod
    def of(cls, text: str) -> Characters:
        """Every character of the text, in the order of Unicode."""
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.letters)

    def encode(self, text: str) -> np.ndarray:
        """Numbers (L,) int64; DataError for a character that is not of the alphabet."""
        places = {letter: place for place, letter in enumerate(self.letters)}
        try:
            return np.array([places[letter] for letter in text], np.int64)
        except KeyError as error:
            raise DataError(
                f"the character {error.args[0]!r} is not of this alphabet of {len(self)}: leave it "
                "out, or build the alphabet from a text that has it"
            ) from None

    def decode(self, tokens: np.ndarray) -> str:
        """The text of numbers (L,)."""
        return "".join(self.letters[int(token)] for token in tokens)


def load_text(name: str, *, progress: FetchProgress | None = None) -> str:
    """The text of that name, from the user's folder, the cache, or its public home."""
    if name == QUICK:
        return _counting()
    if name not in TEXTS:
        raise ConfigError(f"no text is called '{name}': {nearest(name, [*TEXTS, QUICK])}")
    source = TEXTS[name]
    path = local_file(f"text/{source.name}") or local_file(source.name)
    return (path or fetch(source, progress=progress)).read_text(encoding="utf-8")


def _counting() -> str:
    """The numbers from 0 to 999 in words of digits."""
    return " ".join(str(number) for number in range(1000))
