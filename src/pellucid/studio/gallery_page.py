"""The gallery: every exhibit with the code that made it, as one page.

    make_gallery(Path("gallery"))      # gallery/index.html, and a picture for each exhibit

An exhibit that was made by the same code before is not made again, so that a gallery which was
interrupted goes on. Where one cannot be made, since its data cannot be had, the page says why.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import getsource
from pathlib import Path
from types import ModuleType

from pellucid.errors import ConfigError, PellucidError, nearest
from pellucid.learning.files import write_atomically
from pellucid.learning.progress import Progress, Silent
from pellucid.studio import page
from pellucid.studio.figures import style
from pellucid.studio.gallery import EXHIBITS


@dataclass(frozen=True)
class Exhibit:
    """A figure, what it shows, and the code that makes it."""

    name: str
    title: str
    caption: str
    code: str

    @classmethod
    def of(cls, name: str) -> Exhibit:
        """The exhibit of that name. ConfigError where there is none."""
        if name not in EXHIBITS:
            raise ConfigError(f"no exhibit is called '{name}': {nearest(name, EXHIBITS)}")
        code = getsource(_module(name))
        title, _, rest = code.removeprefix('"""').partition('"""')[0].partition("\n\n")
        return cls(name, title, " ".join(rest.split()), code)

    def png(self, folder: Path) -> bytes:
        """The figure as it was made before by the same code, or as it is made now."""
        picture, made_by = folder / f"{self.name}.png", folder / f"{self.name}.py"
        if made_by.is_file() and made_by.read_text(encoding="utf-8") == self.code:
            return picture.read_bytes()
        found = style.png(_module(self.name).draw())
        write_atomically(picture, found)
        # Last: it says that the picture is whole.
        write_atomically(made_by, self.code.encode())
        return found


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"pellucid.studio.gallery.{name}")


def make_gallery(
    folder: Path, names: Sequence[str] = EXHIBITS, *, progress: Progress | None = None
) -> Path:
    """Make the exhibits of these names, and the page of them: where it is.

    ConfigError for a name that no exhibit has, before anything is made.
    """
    exhibits, show = [Exhibit.of(name) for name in names], progress or Silent()
    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    with show.task("gallery") as report:
        for done, exhibit in enumerate(exhibits):
            report(done / len(exhibits), {"done": done, "of": len(exhibits)})
            sections.append(page.section(exhibit.name, exhibit.title, _parts(exhibit, folder)))
        report(1.0, {"done": len(exhibits), "of": len(exhibits)})
    head = (
        "<h1>Natural signals, opened</h1>"
        + page.paragraph(
            "What is in photographs, handwriting and the wires of an eye, found without a label: "
            "each picture is made by the code below it, from data that everybody has.",
            kind="lead",
        )
    )  # fmt: skip
    html = page.page(
        "Natural signals, opened", [head, *sections], contents=[(e.name, e.title) for e in exhibits]
    )
    target = folder / "index.html"
    write_atomically(target, html.encode())
    return target


def _parts(exhibit: Exhibit, folder: Path) -> list[str]:
    try:
        seen = page.figure(exhibit.png(folder), exhibit.title, exhibit.caption)
    except PellucidError as error:
        seen = page.paragraph(f"This exhibit could not be made: {error}", kind="soft")
    return [seen, page.folded("the code that makes it", page.code(exhibit.code))]
