from pathlib import Path
from types import ModuleType

import pytest
from matplotlib.figure import Figure

from pellucid.cli.main import main
from pellucid.errors import ConfigError, DataError
from pellucid.studio import gallery_page
from pellucid.studio.gallery import EXHIBITS
from pellucid.studio.gallery_page import Exhibit, make_gallery


def test_every_module_of_the_gallery_is_an_exhibit_with_title_and_caption():
    folder = Path(gallery_page.__file__).parent / "gallery"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == set(EXHIBITS)
    for name in EXHIBITS:
        exhibit = Exhibit.of(name)
        assert 10 < len(exhibit.title) < 80
        assert exhibit.caption.endswith(".")
        assert "def draw() -> Figure:" in exhibit.code
        assert len(exhibit.code.splitlines()) < 90  # people are to read it


def test_of_an_unknown_exhibit_nothing_is_made(tmp_path, capsys):
    with pytest.raises(ConfigError, match=r"no exhibit is called 'retinas'.*retina"):
        make_gallery(tmp_path / "here", ["simple_cells", "retinas"])
    assert not (tmp_path / "here").exists()
    assert main(["gallery", "--only", "retinas", "--output", str(tmp_path)]) == 2
    assert "retina" in capsys.readouterr().err


@pytest.fixture
def fakes(monkeypatch):
    """Two exhibits that count how often they are drawn; the second one's data cannot be had."""
    drawn = []

    def fake(name: str, module: str) -> ModuleType:
        found = ModuleType(name)

        def draw() -> Figure:
            drawn.append(name)
            if name == "second":
                raise DataError("the pictures <cannot> be had: look for them")
            return Figure(figsize=(1, 1))

        found.draw = draw
        return found

    modules = {name: fake(name, name) for name in ("first", "second")}
    code = {name: f'"""The {name} one\n\nIt shows\nmuch.\n"""\nx = 1 < 2\n' for name in modules}
    monkeypatch.setattr(gallery_page, "EXHIBITS", tuple(modules))
    monkeypatch.setattr(gallery_page, "_module", modules.__getitem__)
    monkeypatch.setattr(gallery_page, "getsource", lambda module: code[module.__name__])
    return drawn, code


def test_the_page_has_each_figure_with_its_caption_and_its_code(tmp_path, fakes):
    target = make_gallery(tmp_path, ["first", "second"])
    html = target.read_text(encoding="utf-8")
    assert target == tmp_path / "index.html"
    assert '<h2 id="first">The first one</h2>' in html
    assert "<figcaption>It shows much.</figcaption>" in html
    assert "x = 1 &lt; 2" in html
    assert html.count("data:image/png;base64") == 1
    assert (tmp_path / "first.png").read_bytes().startswith(b"\x89PNG")
    assert "could not be made: the pictures &lt;cannot&gt; be had: look for them" in html


def test_what_the_same_code_made_before_is_kept(tmp_path, fakes):
    drawn, code = fakes
    make_gallery(tmp_path, ["first"])
    make_gallery(tmp_path, ["first"])
    assert drawn == ["first"]
    code["first"] += "y = 2\n"
    make_gallery(tmp_path, ["first", "second"])
    assert drawn == ["first", "first", "second"]


def test_a_real_exhibit_is_drawn(tmp_path):
    target = make_gallery(tmp_path, ["retina"])
    assert (tmp_path / "retina.png").stat().st_size > 30_000
    assert "def spiral()" in target.read_text(encoding="utf-8")
