"""The HTML is well formed, escaped, complete in itself, and says its figures in words."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

from pellucid.studio import page

VOID = {"meta", "img", "br"}


class Structure(HTMLParser):
    """Open and closed tags, attributes and texts of a document; an unclosed tag is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open:
            self.texts.append((self.open[-1], data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def cells(self) -> list[str]:
        return [text for tag, text in self.texts if tag in ("td", "th", "span", "strong")]


def document() -> str:
    table = page.table(["", "Value"], [["<b>row</b>", "1"]], caption="a < b")
    body = [
        "<h1>Title</h1>",
        page.section("one", "A & B", [page.paragraph("x < y & 'z'"), table]),
        page.section("two", "Second", [page.figure(b"png", 'a "quoted" picture', "below")]),
    ]
    return page.page("T < U", body, contents=[("one", "A & B"), ("two", "Second")])


def test_a_page_is_well_formed_and_says_its_language() -> None:
    structure = Structure(document())
    assert structure.all("html") == [{"lang": "en"}]
    assert ("title", "T < U") in structure.texts
    assert len(structure.all("main")) == len(structure.all("header")) == 1


def test_texts_are_escaped_once() -> None:
    structure = Structure(document())
    assert ("p", "x < y & 'z'") in structure.texts
    assert ("h2", "A & B") in structure.texts
    assert ("caption", "a < b") in structure.texts
    hostile = page.paragraph("<script>alert(1)</script>")
    assert "<script" not in hostile


def test_links_lead_to_sections_that_are_there() -> None:
    structure = Structure(document())
    identifiers = {attributes.get("id") for _, attributes in structure.tags}
    targets = [str(attributes["href"])[1:] for attributes in structure.all("a")]
    assert targets == ["one", "two"]
    assert set(targets) <= identifiers
    assert [s["aria-labelledby"] for s in structure.all("section")] == ["one", "two"]


def test_pictures_are_inside_of_the_page_and_have_words() -> None:
    (image,) = Structure(document()).all("img")
    assert image["alt"] == 'a "quoted" picture'
    assert base64.b64decode(str(image["src"]).split(",")[1]) == b"png"


def test_rows_and_columns_are_headed() -> None:
    heads = Structure(document()).all("th")
    assert [head["scope"] for head in heads] == ["col", "col", "row"]


def test_a_bar_is_as_long_as_its_share_and_says_it() -> None:
    structure = Structure(page.bar(0.935))
    assert structure.all("i") == [{"style": "width:93.5%"}]
    assert ("span", "93.5 %") in structure.texts
    assert structure.all("span")[0]["aria-hidden"] == "true"


def test_the_style_knows_dark_screens_and_paper() -> None:
    assert "prefers-color-scheme: dark" in page.CSS
    assert "@media print" in page.CSS
    assert page.CSS.count("{") == page.CSS.count("}")


def test_folded_text_can_be_opened() -> None:
    structure = Structure(page.folded("More", page.code('{"a": "<b>"}')))
    assert ("summary", "More") in structure.texts
    assert ("pre", '{"a": "<b>"}') in structure.texts
