"""XML answers: escaped texts, UTF-8, the status."""

from __future__ import annotations

from xml.etree import ElementTree

from localcloud.services.storage.xml_text import NAMESPACE, add, document


def test_a_document_holds_any_text() -> None:
    root = ElementTree.Element("ListBucketResult", xmlns=NAMESPACE)
    add(root, Name="a&b<ü>", Prefix="")
    response = document(root, 409)
    assert (response.status_code, response.media_type) == (409, "application/xml")
    body = bytes(response.body)
    assert body.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    read = ElementTree.fromstring(body)
    assert read.findtext(f"{{{NAMESPACE}}}Name") == "a&b<ü>"
