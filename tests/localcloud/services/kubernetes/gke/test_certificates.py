"""A cluster's certificates: made once, and good for its address by its own authority alone."""

from __future__ import annotations

import ipaddress
import stat
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from localcloud.services.kubernetes.gke.certificates import certificate_authority, server_files


def test_the_server_s_certificate_is_its_authority_s_and_for_its_address(tmp_path: Path) -> None:
    chain, key = server_files(tmp_path, "127.20.1.1")
    certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    authority = x509.load_pem_x509_certificate((tmp_path / "ca.pem").read_bytes())
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.20.1.1")]
    assert "kubernetes.default.svc" in names.get_values_for_type(x509.DNSName)
    assert isinstance(authority.public_key(), ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    for path in (key, tmp_path / "ca.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_both_are_made_once(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in server_files(tmp_path, "127.20.1.1")]
    assert [path.read_bytes() for path in server_files(tmp_path, "127.20.1.1")] == first
    assert certificate_authority(tmp_path).cert_pem.bytes() == (tmp_path / "ca.pem").read_bytes()
