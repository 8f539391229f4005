"""Parts of a page as HTML: escaped, semantic, and complete in one file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

CSS = """
:root { color-scheme: light dark; --paper: #fff; --ink: #20242c; --soft: #5c6370;
  --line: #dfe2e7; --card: #fff; --tint: #f5f6f8; --accent: #0060a0; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181d; --ink: #e8eaee; --soft: #a6adba;
  --line: #363c47; --tint: #1e222a; --accent: #7cc0f4; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 1.3rem; line-height: 1.25; margin: 3rem 0 .5rem; padding-top: 1.1rem;
  border-top: 1px solid var(--line); }
p { margin: .4rem 0 .8rem; max-width: 46rem; }
.lead { font-size: 1.15rem; }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
figure { margin: 1rem 0; }
figure img { display: block; width: 100%; height: auto; background: #fff; border-radius: 8px;
  border: 1px solid var(--line); padding: .5rem; }
figcaption { margin-top: .35rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; caption-side: bottom; padding-top: .5rem; }
th, td { padding: .45rem .45rem; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: middle; white-space: nowrap; }
th:first-child, td:first-child, .words td, .words th { text-align: left; }
.words td:last-child { white-space: normal; }
thead th { color: var(--soft); font-weight: 600; font-size: .88rem; }
tbody th { font-weight: 600; }
.best { background: var(--tint); }
td img { display: block; width: 8.5rem; height: 8.5rem; border-radius: 5px; }
.bar { display: inline-block; position: relative; width: 5rem; height: .7rem; border-radius: 3px;
  background: var(--line); vertical-align: baseline; overflow: hidden; margin-right: .6rem; }
.bar i { position: absolute; inset: 0 auto 0 0; background: #0072b2; }
.number { display: inline-block; min-width: 4.2rem; }
.wide { overflow-x: auto; }
.key { display: inline-block; width: 1.6rem; height: 0; border-top: .2rem solid;
  vertical-align: middle; margin: 0 .35rem 0 .9rem; }
.key:first-child { margin-left: 0; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--accent); }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: .8rem;
  overflow-x: auto; font: .82rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
nav { font-size: .92rem; margin: 1rem 0 0; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; }
nav a { color: var(--accent); text-decoration: none; }
nav a:hover, nav a:focus { text-decoration: underline; }
@media print { body { font-size: 11pt; } main { max-width: none; padding: 0; }
  nav { display: none; }
  figure, tr, table { break-inside: avoid; } h2 { break-after: avoid; } }
"""


def page(
    title: str,
    body: Sequence[str],
    *,
    contents: Sequence[tuple[str, str]] = (),
    style: str = "",
) -> str:
    """A whole document; `contents` are the (id, name) of its sections, `style` is more CSS."""
    links = "".join(f'<a href="#{escape(i)}">{escape(name)}</a>' for i, name in contents)
    nav = f'<nav aria-label="Sections">{links}</nav>' if contents else ""
    first, *rest = body
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}{style}</style>\n</head>\n<body>\n<main>\n"
        f"<header>\n{first}\n{nav}\n</header>\n" + "\n".join(rest) + "\n</main>\n</body>\n</html>\n"
    )


def section(identifier: str, heading: str, parts: Sequence[str]) -> str:
    """A part of the page with a heading."""
    inner = "\n".join(parts)
    name = escape(identifier)
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(heading)}</h2>\n'
        f"{inner}\n</section>"
    )


def paragraph(text: str, *, kind: str = "") -> str:
    """Plain text as a paragraph."""
    return f"<p{_class(kind)}>{escape(text)}</p>"


def image(png: bytes, alt: str) -> str:
    """A picture inside of the page; `alt` says what is seen to those who do not see it."""
    data = base64.b64encode(png).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}">'


def figure(png: bytes, alt: str, caption: str = "") -> str:
    """A picture with a caption below it."""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{image(png, alt)}{below}</figure>"


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str = "", kind: str = ""
) -> str:
    """A table; the cells of `rows` are HTML already, the first of each names its row."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = []
    for name, *cells in rows:
        inner = "".join(f"<td>{cell}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{name}</th>{inner}</tr>')
    below = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = "\n".join(lines)
    return (
        f'<div class="wide"><table{_class(kind)}>{below}\n<thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def bar(share: float) -> str:
    """A share of 1 in percent, behind a small bar that readers of screens skip."""
    drawn = f'<span class="bar" aria-hidden="true"><i style="width:{100 * share:.1f}%"></i></span>'
    return f'{drawn}<span class="number">{100 * share:.1f} %</span>'


def key(entries: Sequence[tuple[str, str, str]]) -> str:
    """What lines mean: (colour, CSS border style, words)."""
    inner = "".join(
        f'<span class="key" aria-hidden="true" style="border-color:{escape(colour)};'
        f'border-top-style:{escape(dash)}"></span>{escape(words)}'
        for colour, dash, words in entries
    )
    return f'<p class="soft">{inner}</p>'


def folded(summary: str, inner: str) -> str:
    """HTML that opens when it is wanted."""
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>"


def code(text: str) -> str:
    """Text to be typed."""
    return f"<pre>{escape(text)}</pre>"


def _class(kind: str) -> str:
    return f' class="{escape(kind)}"' if kind else ""
