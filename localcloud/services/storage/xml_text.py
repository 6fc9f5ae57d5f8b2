"""XML answers."""

from __future__ import annotations

from xml.etree import ElementTree

from starlette.responses import Response

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def add(parent: ElementTree.Element, **texts: str) -> None:
    """Child elements with these texts."""
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = text


def document(root: ElementTree.Element, status: int = 200) -> Response:
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, status, media_type="application/xml")
