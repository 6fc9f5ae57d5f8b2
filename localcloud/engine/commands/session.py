"""A stack that is being worked on: its project, files, secrets and configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from localcloud.engine.checkpoint.backend import StackFiles, backend_folder
from localcloud.engine.checkpoint.passphrase import Crypter, read_passphrase
from localcloud.engine.checkpoint.references import outputs_of
from localcloud.engine.checkpoint.snapshot import StackState
from localcloud.engine.project.configuration import Stack, configure
from localcloud.engine.project.project import Project, load_project, load_settings
from localcloud.errors import LocalCloudError
from localcloud.wire.values import Properties

DEFAULT_PARALLEL = 16


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    cwd: Path
    stack: str
    config_file: Path | None = None
    config: list[str] = field(default_factory=list)
    policy_packs: list[Path] = field(default_factory=list)
    parallel: int = DEFAULT_PARALLEL
    show_secrets: bool = False
    expect_no_changes: bool = False


class Session:
    """Everything an operation needs to know of its stack before it starts."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.project: Project = load_project(options.cwd)
        self.files = StackFiles.open(backend_folder(self.project), self.project.name, options.stack)
        self.settings_file = options.config_file or self.project.settings_of(options.stack)
        self._settings = load_settings(self.settings_file, required=options.config_file is not None)
        salt = self._salt()
        self._passphrase = read_passphrase()
        self.crypter = Crypter(self._passphrase, salt or self._settings.encryption_salt)

    @cached_property
    def stack(self) -> Stack:
        """The stack with what its program and providers are configured with, decrypted."""
        crypter, salt = self.crypter, self._settings.encryption_salt
        if salt and salt != crypter.state:
            # The state was first written without the settings file: each has a salt of its own.
            crypter = Crypter(self._passphrase, salt)
        name, given = self.options.stack, self.options.config
        return Stack(self.project, name, configure(self.project, name, self._settings, given, crypter.decrypt))

    def outputs_of(self, name: str) -> Properties:
        """The outputs of another stack of the backend."""
        return outputs_of(name, self.files, self._passphrase)

    @property
    def exists(self) -> bool:
        return self.files.load() is not None

    def last_state(self) -> StackState:
        """The state as last written. Each call gives objects of its own: a pass changes them."""
        self.verify()
        return StackState.parse(self.files.load() or {}, self.crypter)

    def verify(self) -> None:
        """Raise unless the passphrase is the one of the stack, or before its first deployment of its settings."""
        try:
            self.crypter.verify()
        except LocalCloudError as error:
            if self._salt():
                raise
            # The Pulumi CLI writes a salt there, with the passphrase of that day.
            where = f"the encryptionsalt in {self.settings_file} is another's"
            raise LocalCloudError(f"{error}: {where}, remove it if nothing in the file is secret") from error

    def _salt(self) -> str:
        provider = (self.files.load() or {}).get("secrets_providers") or {}
        if provider.get("type", "passphrase") != "passphrase":
            raise LocalCloudError(
                f"the stack's secrets provider is {provider['type']!r}: only `passphrase` is supported"
            )
        return provider.get("state", {}).get("salt", "")
