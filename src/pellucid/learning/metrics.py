"""The curve of a training: one JSON object a line in `metrics.jsonl`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pellucid.learning.files import saying_when_full, write_atomically


@dataclass(frozen=True)
class Metrics:
    """Lines of numbers by step, at `path`; no step stands there twice."""

    path: Path

    def append(self, step: int, values: Mapping[str, float]) -> None:
        """Add the line of `step`. A value that is not finite becomes null, as JSON wants it."""
        numbers = {name: v if math.isfinite(v) else None for name, v in values.items()}
        line = json.dumps({"step": step, **numbers})
        with saying_when_full(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def rows(self) -> list[dict[str, float]]:
        """All lines; without those that a killed process left unfinished."""
        return list(self._read())

    def last(self) -> dict[str, float]:
        """The numbers of the last line, without its step; none where there is no line."""
        rows = self.rows()
        return {n: v for n, v in rows[-1].items() if n != "step"} if rows else {}

    def drop_after(self, step: int) -> None:
        """Forget what lies past `step`, for a training that continues from there."""
        if not self.path.exists():
            return
        kept = [json.dumps(row) + "\n" for row in self._read() if row["step"] <= step]
        write_atomically(self.path, "".join(kept).encode())

    def _read(self) -> Iterator[dict[str, float]]:
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and "step" in row:
                yield row
