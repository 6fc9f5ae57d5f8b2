"""Each cluster's own certificate authority and its API server's certificate, kept on disk."""

from __future__ import annotations

from pathlib import Path

import trustme

from localcloud.files import write_atomic


def certificate_authority(folder: Path) -> trustme.CA:
    """The authority in `folder`, made at the first call."""
    certificate, key = folder / "ca.pem", folder / "ca.key"
    if not certificate.exists():
        authority = trustme.CA(organization_name="localcloud")
        write_atomic(key, authority.private_key_pem.bytes())  # write_atomic's files are their owner's alone
        write_atomic(certificate, authority.cert_pem.bytes())
    return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())


def server_files(folder: Path, address: str) -> tuple[Path, Path]:
    """Certificate chain and key of the API server at `address`."""
    chain, key = folder / "server.pem", folder / "server.key"
    if not chain.exists():
        issued = certificate_authority(folder).issue_cert(address, "kubernetes", "kubernetes.default.svc")
        write_atomic(key, issued.private_key_pem.bytes())
        write_atomic(chain, b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return chain, key
