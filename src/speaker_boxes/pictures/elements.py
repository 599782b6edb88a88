"""HTML and SVG as trees: what is written is well formed, and text is never markup."""

from __future__ import annotations

import base64
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

Node: TypeAlias = Element | str


def element(tag: str, *children: Node, **attributes: object) -> Element:
    """An element; ``class_`` is ``class``, ``stroke_width`` is ``stroke-width``.

    >>> tostring(element("p", "1 < 2 ", element("b", "yes"), class_="note"), encoding="unicode")
    '<p class="note">1 &lt; 2 <b>yes</b></p>'
    """
    names = {name.rstrip("_").replace("_", "-"): str(v) for name, v in attributes.items()}
    node = Element(tag, names)
    for child in children:
        append(node, child)
    return node


def append(node: Element, child: Node) -> None:
    """Put something at the end of an element."""
    if not isinstance(child, str):
        node.append(child)
    elif len(node):
        node[-1].tail = (node[-1].tail or "") + child
    else:
        node.text = (node.text or "") + child


def page(title: str, style: str, *body: Node) -> str:
    """A whole page that needs nothing else."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width"),
        element("title", title),
        element("style", style),
    )
    html = element("html", head, element("body", *body), lang="en")
    return "<!doctype html>\n" + tostring(html, encoding="unicode", method="html") + "\n"


def picture(jpeg: bytes, alt: str, side: int) -> Element:
    """A JPEG inside of the page."""
    source = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
    return element("img", src=source, alt=alt, width=side, height=side)


def drawing(width: float, height: float, *children: Node, label: str) -> Element:
    """An SVG that is stretched across the page, and has words for who cannot see it."""
    return element(
        "svg",
        element("title", label),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        preserveAspectRatio="none",
        role="img",
        height=f"{height:g}",
    )
