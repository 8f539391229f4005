"""The page on white boxes: all of its code runs, and prints what stands below it.

    python tests/test_white_box_page.py      # runs the page, and writes what it printed into it

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
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "white-box.md"
FIGURES = ROOT / "docs" / "figures" / "white-box"
BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<printed>.*?)```\n)?", re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def publish(path: Path) -> None:
    """A file like those of the authors, of a small network with untrained weights."""
    from pellucid.networks import ImageTransformer, TokenNetworkConfig
    from pellucid.networks.published import published_names

    # The features of crate-tiny, whose heads are known; but one block, and pictures of 32 pixels.
    small = TokenNetworkConfig(384, 1, 6)
    model = ImageTransformer(small, image_size=32, patch=16, classes=10, pool="cls")
    own = model.state_dict()
    torch.save({"state_dict": {k: own[v] for k, v in published_names(1).items()}}, path)


def run(page: str) -> list[str]:
    """What each block of the page prints, run one after the other in the present folder."""
    publish(Path("crate_tiny.pth"))
    scope: dict[str, object] = {"__name__": "page"}
    printed = []
    for block in BLOCK.finditer(page):
        line = page[: block.start("code")].count("\n")
        code = compile("\n" * line + block["code"], str(PAGE), "exec")
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            exec(code, scope)
        printed.append("\n".join(row.rstrip() for row in stream.getvalue().splitlines()))
    return printed


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


def test_the_code_of_the_page_prints_what_stands_below_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    blocks = zip(run(page), written(page), strict=True)
    for number, (found, expected) in enumerate(blocks, start=1):
        assert same(found, expected), f"block {number} printed\n{found}\nand not\n{expected}"


@pytest.mark.parametrize(
    ("found", "alike"),
    [
        ("10.3 -> 57, rose at 50, ~80%", True),
        ("10.2 -> 56, rose at 50, ~70%", True),
        ("10.2 -> 46, rose at 50, ~80%", False),
        ("10.9 -> 56, rose at 50, ~80%", False),
        ("10.2 -> 56, rose at 49, ~80%", False),
        ("10.2 -> 56, rose at 50, ~50%", False),
        ("10.2 -> 56, fell at 50, ~80%", False),
        ("10.2 -> 56, rose at 50", False),
    ],
)
def test_numbers_are_compared_and_words_too(found, alike):
    assert same(found, "10.2 -> 56, rose at 50, ~80%") is alike


def test_its_links_lead_somewhere():
    from pellucid.experiments import EXPERIMENTS

    for target in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8")):
        path = PAGE.parent / target
        if path.parent.name == "results":  # written when the experiment has been run
            assert path.stem in EXPERIMENTS, target
        else:
            assert path.is_file(), target


def test_its_figures_are_those_of_the_example_and_small():
    page = PAGE.read_text(encoding="utf-8")
    example = (ROOT / "examples" / "white_box_figures.py").read_text(encoding="utf-8")
    drawn = set(re.findall(r'page\.show\(\s*"([\w-]+)"', example))
    assert set(re.findall(r"\]\(figures/white-box/([\w-]+)\.png\)", page)) == drawn
    assert {path.stem for path in FIGURES.glob("*.png")} == drawn
    assert max(path.stat().st_size for path in FIGURES.glob("*.png")) < 150_000


def test_what_it_says_of_segmentation_was_written_by_the_example():
    measured = (FIGURES / "measured.txt").read_text(encoding="utf-8")
    lines = [line for line in measured.splitlines() if line.startswith(("overlap", "  "))]
    assert len(lines) == 8
    assert "\n".join(lines) in PAGE.read_text(encoding="utf-8")


def test_every_file_that_it_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8"))
    assert len(links) > 10
    assert not [link for link in links if not (PAGE.parent / link).is_file()]


def test_its_headings_are_those_that_it_links_to():
    page = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.M)
    anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors


def write() -> None:
    """Run the page, and put what it printed below each block."""
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        printed = iter(run(page))
        os.chdir(ROOT)

    def filled(block: re.Match[str]) -> str:
        text = next(printed)
        return f"```python\n{block['code']}```\n" + (f"\n```text\n{text}\n```\n" if text else "")

    PAGE.write_text(BLOCK.sub(filled, page), encoding="utf-8")


if __name__ == "__main__":
    write()
