"""The page on reasoning: all of its code runs, and prints what stands below it.

python tests/test_reasoning_page.py      # runs the page, and writes what it printed
"""

import re
import shlex

import live_page
from pellucid.cli.main import main

PAGE = live_page.ROOT / "docs" / "reasoning.md"
COMMAND = re.compile(r"`pellucid (gears [^`]+)`")


def test_the_code_of_the_page_prints_what_stands_below_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    live_page.check(PAGE)


def test_its_commands_run(capsys):
    [command] = COMMAND.findall(PAGE.read_text(encoding="utf-8"))
    assert main(shlex.split(command)) == 0
    assert "Gear 6 turns counter-clockwise" in capsys.readouterr().out


def test_every_file_that_it_links_to_is_there():
    assert not [link for link in live_page.links(PAGE) if not (PAGE.parent / link).is_file()]


if __name__ == "__main__":
    live_page.write(PAGE)
