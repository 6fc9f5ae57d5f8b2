"""Tar headers. Expected hashes: of an archive of one file of 5 bytes, `hello`, by archive/tar of Go 1.26."""

from __future__ import annotations

import hashlib
import io
import tarfile

import pytest

from localcloud.wire.tar import END, header, padded

GO = {
    "foo": "ef4fd154c838f529468e8a29f0febb0c594c8ef809c3dc6e40c927d48cf48fd1",
    "ä ö.txt": "bc7b3cba63a12f20a1b3d88c6f1c670e85b2519a41364aca5555aa100951df72",
    "sub/ä.txt": "032a6de068e4a91e9621e040df0b2ad1232138e46eb7d7da0f592c3323e49c01",
    "e" * 100: "2d0f1273212d433e3313a5f1c0d921e131bcb09a08299d6885784c256ecdf051",
    "n" * 120: "15c7b8ba6c1b20a108d938ab87d70015b56c4e012e0d95b6fda876734bdb5c8e",
    "d/" + "n" * 120: "db022fe37dd53f50296fdf318f18e84ba4370c211e5c43a3359e9190fa21a6dc",
    "d/" * 60 + "file": "5e74a64d931ed5aad6f8ec45b0bff30aa370d12a82c15bf2a4248803d0689714",
    "directory/" * 20 + "file": "c605b9445d855c517672029611e347044724a97321a5e899f2e180237729c0b0",
    "e" * 99 + "/" + "f" * 101: "565416bbf353932a58ffffbd431988033cb923bf037ccf0a615782ef9dcb8349",
    "a/" * 49 + "bc/" + "g" * 150: "44d57fdd210ae09796410e4d0cbbb4971b334d15082cc0774104851679392d0a",
    "日本語/" + "x" * 99: "67f3675d989a60976e43972e320f3da2045ada286c3476d004a0bdc973c06fa5",
}


@pytest.mark.parametrize("name", GO)
def test_headers_are_those_of_go(name: str) -> None:
    archive = header(name, 5) + padded(b"hello") + END
    assert hashlib.sha256(archive).hexdigest() == GO[name]
    with tarfile.open(fileobj=io.BytesIO(archive)) as read:
        assert read.getnames() == [name]
