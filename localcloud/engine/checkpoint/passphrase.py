"""Pulumi's passphrase secrets provider: PBKDF2-SHA256 with 1,000,000 rounds, AES-256-GCM.

Format (pkg/secrets/passphrase and sdk/go/common/resource/config/crypt.go in Pulumi): a value is
`v1:<nonce>:<ciphertext and tag>`, the state kept beside it is `v1:<salt>:<the word "pulumi" as such a value>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

from localcloud.errors import LocalCloudError, one_line

ROUNDS = 1_000_000
CHECK_WORD = "pulumi"


def read_passphrase() -> str:
    """PULUMI_CONFIG_PASSPHRASE (may be empty), else the content of the file PULUMI_CONFIG_PASSPHRASE_FILE."""
    phrase = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    if phrase is not None:
        return phrase
    file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not file:
        raise LocalCloudError(
            "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE: the stack's secrets need it"
        )
    with one_line(f"cannot read PULUMI_CONFIG_PASSPHRASE_FILE {file}"):
        return Path(file).read_text().strip()


class Crypter:
    """Encrypts and decrypts with the key of one passphrase and salt.

    The key takes about half a second to derive; that happens on a thread of its own while other things start.
    """

    def __init__(self, passphrase: str, state: str = "") -> None:
        """With the state of a stack, its salt is used; without one, a new salt is made."""
        self._given_state = state
        self._passphrase = passphrase
        self._salt = self._salt_of(state) if state else os.urandom(8)
        self._key = b""
        self._ciphertexts: dict[str, str] = {}
        self._thread = threading.Thread(target=self._derive, daemon=True)
        self._thread.start()

    @staticmethod
    def _salt_of(state: str) -> bytes:
        version, _, rest = state.partition(":")
        try:
            salt = base64.b64decode(rest.split(":")[0], validate=True)
        except binascii.Error:
            salt = b""
        if version != "v1" or not salt or rest.count(":") != 3:
            raise LocalCloudError("the stack's encryption salt is damaged: it must be v1:<salt>:v1:<nonce>:<text>")
        return salt

    def _derive(self) -> None:
        self._key = hashlib.pbkdf2_hmac("sha256", self._passphrase.encode(), self._salt, ROUNDS, 32)

    @cached_property
    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._thread.join()
        return AESGCM(self._key)

    @cached_property
    def state(self) -> str:
        """What is kept beside the secrets: the salt, and a word by which a passphrase can be checked."""
        return self._given_state or f"v1:{base64.b64encode(self._salt).decode()}:{self._encrypt(CHECK_WORD)}"

    def verify(self) -> None:
        """Raise unless the passphrase is the one that the state was made with."""
        if self._given_state:
            try:
                word = self.decrypt(self._given_state.split(":", 2)[2])
            except LocalCloudError:
                word = ""
            if word != CHECK_WORD:
                raise LocalCloudError("incorrect passphrase: PULUMI_CONFIG_PASSPHRASE is not the one of this stack")

    def encrypt(self, text: str) -> str:
        """The same text gives the same ciphertext within one run, so that unchanged secrets stay unchanged on disk."""
        ciphertext = self._ciphertexts.get(text)
        if ciphertext is None:
            ciphertext = self._ciphertexts[text] = self._encrypt(text)
        return ciphertext

    def _encrypt(self, text: str) -> str:
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, text.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, ciphertext: str) -> str:
        from cryptography.exceptions import InvalidTag

        parts = ciphertext.split(":")
        if len(parts) != 3 or parts[0] != "v1":
            raise LocalCloudError("a secret of the stack is damaged: it is not of the form v1:<nonce>:<text>")
        try:
            text = self._cipher.decrypt(base64.b64decode(parts[1]), base64.b64decode(parts[2]), None).decode()
        except (InvalidTag, ValueError):
            raise LocalCloudError("a secret of the stack cannot be decrypted with this passphrase") from None
        self._ciphertexts[text] = ciphertext
        return text
