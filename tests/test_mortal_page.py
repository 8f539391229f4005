"""The page on mortal computation: all of its code runs, and prints what stands below it.

python tests/test_mortal_page.py      # runs the page, and writes what it printed
"""

import live_page

PAGE = live_page.ROOT / "docs" / "mortal.md"


def test_the_code_of_the_page_prints_what_stands_below_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    live_page.check(PAGE)


def test_every_file_that_it_links_to_is_there():
    assert not [link for link in live_page.links(PAGE) if not (PAGE.parent / link).is_file()]


if __name__ == "__main__":
    live_page.write(PAGE)
