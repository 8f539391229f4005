"""The page on geometry: its code runs and prints what stands below it, and so do its commands.

python tests/test_geometry_page.py      # runs the page, and writes what it printed
"""

import re
import shlex

import pytest

import live_page
from pellucid.cli.main import main

PAGE = live_page.ROOT / "docs" / "geometry.md"
COMMAND = re.compile(r"^pellucid (?:prove|check|geometry) .*$", re.M)


def test_the_code_of_the_page_prints_what_stands_below_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    live_page.check(PAGE)


@pytest.mark.parametrize("page", [PAGE, live_page.ROOT / "README.md"])
def test_its_commands_run(tmp_path, monkeypatch, page):
    monkeypatch.chdir(tmp_path)
    commands = COMMAND.findall(page.read_text(encoding="utf-8"))
    assert len(commands) == 2
    assert [main(shlex.split(command)[1:]) for command in commands] == [0, 0]
    assert (tmp_path / "altitudes.html").is_file()


def test_the_problems_that_stand_alone_on_it_are_true():
    page = PAGE.read_text(encoding="utf-8")
    problems = re.findall(r"^```\n(a b c = .*)\n```$", page, re.M)
    assert problems
    assert [main(["prove", problem, "--engine", "algebra"]) for problem in problems] == [0]


def test_the_statements_that_it_names_are_known():
    from pellucid.reasoning.geometry.statements import PREDICATES

    table = re.search(r"\| statement \| says \|\n(.*?)\n\n", PAGE.read_text("utf-8"), re.DOTALL)
    named = {code.split()[0] for code in re.findall(r"`([^`]+)`", table[1])}
    assert named == {"coll", "cyclic", "para", "perp", "cong", "midp", "circle", "eqangle"} | (
        named & set(PREDICATES)
    )
    assert len(named) > 20


if __name__ == "__main__":
    live_page.write(PAGE)
