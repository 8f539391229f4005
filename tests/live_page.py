"""A page of the documentation whose code runs, and whose printed lines are compared with it.

Words and whole numbers must be the same. Numbers with a decimal point, shares in % and the numbers
on both sides of an arrow may differ by a fiftieth and one and a half units of their last digit.
Those after a ~ come out of a training, which rounds otherwise on another processor: they may differ
by a quarter, and shares by 20 points.
"""

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<printed>.*?)```\n)?", re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def run(page: str, path: Path) -> list[str]:
    """What each block of the page prints, run one after the other in the present folder."""
    scope: dict[str, object] = {"__name__": "page"}
    printed = []
    for block in BLOCK.finditer(page):
        line = page[: block.start("code")].count("\n")
        code = compile("\n" * line + block["code"], str(path), "exec")
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            exec(code, scope)
        printed.append("\n".join(row.rstrip() for row in stream.getvalue().splitlines()))
    return printed


def check(path: Path) -> None:
    """Run the page, and compare what it prints with what stands below each block."""
    page = path.read_text(encoding="utf-8")
    blocks = zip(run(page, path), written(page), strict=True)
    for number, (found, expected) in enumerate(blocks, start=1):
        assert same(found, expected), f"block {number} printed\n{found}\nand not\n{expected}"


def written(page: str) -> list[str]:
    """What stands below each block."""
    return [(block["printed"] or "").rstrip("\n") for block in BLOCK.finditer(page)]


def same(found: str, expected: str) -> bool:
    """Whether the words are the same, and the numbers nearly so."""
    if re.sub(r"\s+", " ", NUMBER.sub("#", found)) != re.sub(
        r"\s+", " ", NUMBER.sub("#", expected)
    ):
        return False
    pairs = zip(NUMBER.finditer(found), NUMBER.finditer(expected), strict=True)
    return all(near(a, b, expected) for a, b in pairs)


def near(found: re.Match[str], expected: re.Match[str], text: str) -> bool:
    a, b = float(found[0]), float(expected[0])
    before, after = text[: expected.start()], text[expected.end() :]
    places = len(expected[0].partition(".")[2])
    share = re.match(r" ?%", after)
    if before.endswith("~"):
        return abs(a - b) <= (20 if share else 0.25 * abs(b) + 1.5 * 10**-places)
    if not (places or share or after.startswith(" ->") or before.endswith("-> ")):
        return a == b
    return abs(a - b) <= 0.02 * abs(b) + 1.5 * 10**-places


def links(path: Path) -> list[str]:
    """The files that the page links to, relative to its folder."""
    return re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))


def check_anchors(path: Path) -> None:
    """Links within the page lead to its headings."""
    page = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.M)
    anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors


def write(path: Path, prepare: Callable[[], None] = lambda: None) -> None:
    """Run the page, and put what it printed below each block."""
    page = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepare()
        printed = iter(run(page, path))
        os.chdir(ROOT)

    def filled(block: re.Match[str]) -> str:
        text = next(printed)
        return f"```python\n{block['code']}```\n" + (f"\n```text\n{text}\n```\n" if text else "")

    path.write_text(BLOCK.sub(filled, page), encoding="utf-8")
