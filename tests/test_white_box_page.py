"""The page on white boxes: all of its code runs, and prints what stands below it.

python tests/test_white_box_page.py      # runs the page, and writes what it printed into it
"""

import re
from pathlib import Path

import pytest
import torch

import live_page

ROOT = live_page.ROOT
PAGE = ROOT / "docs" / "white-box.md"
FIGURES = ROOT / "docs" / "figures" / "white-box"


def publish() -> None:
    """A file like those of the authors, of a small network with untrained weights."""
    from pellucid.networks import ImageTransformer, TokenNetworkConfig
    from pellucid.networks.published import published_names

    # The features of crate-tiny, whose heads are known; but one block, and pictures of 32 pixels.
    small = TokenNetworkConfig(384, 1, 6)
    model = ImageTransformer(small, image_size=32, patch=16, classes=10, pool="cls")
    own = model.state_dict()
    state = {k: own[v] for k, v in published_names(1).items()}
    torch.save({"state_dict": state}, Path("crate_tiny.pth"))


def test_the_code_of_the_page_prints_what_stands_below_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    publish()
    live_page.check(PAGE)


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
    assert live_page.same(found, "10.2 -> 56, rose at 50, ~80%") is alike


def test_its_links_lead_somewhere():
    from pellucid.experiments import EXPERIMENTS

    for target in live_page.links(PAGE):
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
    links = live_page.links(PAGE)
    assert len(links) > 10
    assert not [link for link in links if not (PAGE.parent / link).is_file()]


def test_its_headings_are_those_that_it_links_to():
    live_page.check_anchors(PAGE)


if __name__ == "__main__":
    live_page.write(PAGE, publish)
