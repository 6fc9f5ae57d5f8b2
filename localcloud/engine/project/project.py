"""Pulumi.yaml and Pulumi.<stack>.yaml."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from localcloud.engine.project.versions import require_version
from localcloud.errors import LocalCloudError, one_line
from localcloud.wire.values import rewrite


@dataclass(frozen=True)
class Project:
    """A Pulumi project: `root` holds Pulumi.yaml, `program` is the folder or file of its program."""

    name: str
    root: Path
    program: Path
    settings_folder: Path
    backend_url: str = ""
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def program_folder(self) -> Path:
        return self.program if self.program.is_dir() else self.program.parent

    def settings_of(self, stack: str) -> Path:
        """The settings file of a stack, which need not be there."""
        return self.settings_folder / f"Pulumi.{stack}.yaml"

    def require_program(self) -> None:
        """Raise unless there is a program to run."""
        if not (self.program.is_file() or (self.program / "__main__.py").is_file()):
            raise LocalCloudError(f"{self.root / 'Pulumi.yaml'}: there is no program at {self.program} (a __main__.py)")


@dataclass
class StackSettings:
    """Pulumi.<stack>.yaml: configuration as written (secrets encrypted) and the salt of its secrets."""

    config: dict[str, Any] = field(default_factory=dict)
    encryption_salt: str = ""


# What a plain scalar means to Pulumi's YAML reader: unlike in YAML 1.1, `on` and dates are text.
_SCALARS = {
    "bool": r"true|True|TRUE|false|False|FALSE",
    "null": r"null|Null|NULL|~|",
    "int": r"[-+]?(?:0|[1-9][0-9_]*|0[0-7]+|0x[0-9a-fA-F]+)",
    "float": r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+|[-+]?\.inf|\.nan",
}


def load_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping. Errors: one line that names the file."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: ClassVar = {
            None: [(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{text})$")) for tag, text in _SCALARS.items()]
        }

    with one_line(f"cannot read {path}"):
        text = path.read_bytes()
    try:
        content = yaml.load(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise LocalCloudError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise LocalCloudError(f"{path} must be a YAML mapping")
    return content


def load_project(folder: Path) -> Project:
    """The project in the folder, or in the nearest one above it."""
    folder = folder.absolute()
    for root in (folder, *folder.parents):
        path = root / "Pulumi.yaml"
        if path.is_file():
            break
    else:
        raise LocalCloudError(f"no Pulumi.yaml in {folder} or above it: give the project's folder with --cwd")
    raw = load_yaml(path)
    if not raw.get("name"):
        raise LocalCloudError(f"{path}: `name` is missing")
    runtime = raw.get("runtime")
    runtime_name = runtime.get("name") if isinstance(runtime, dict) else runtime
    if runtime_name != "python":
        raise LocalCloudError(f"{path}: runtime is {runtime_name!r}; this engine runs python projects only")
    if raw.get("requiredPulumiVersion"):
        require_version(str(raw["requiredPulumiVersion"]))
    config, settings_folder = raw.get("config") or {}, raw.get("stackConfigDir")
    if isinstance(config, str):
        # As of old, `config` says where the settings are.
        if settings_folder is not None:
            raise LocalCloudError(f"{path}: `config` is a folder, and so is `stackConfigDir`: use the latter only")
        config, settings_folder = {}, config
    return Project(
        name=str(raw["name"]),
        root=root,
        program=(root / raw.get("main", ".")).resolve(),
        settings_folder=root / (settings_folder or "."),
        backend_url=(raw.get("backend") or {}).get("url", ""),
        config=config,
    )


def load_settings(path: Path, *, required: bool) -> StackSettings:
    """The settings of a stack; no file is the same as an empty one, unless it is required."""
    if not required and not path.exists():
        return StackSettings()
    raw = load_yaml(path)
    unknown = sorted(raw.keys() - {"config", "encryptionsalt", "secretsprovider", "encryptedkey"})
    if unknown:
        raise LocalCloudError(f"{path}: {', '.join(map(repr, unknown))} is not a setting this engine knows")
    if raw.get("secretsprovider", "passphrase") not in ("passphrase", "default", ""):
        raise LocalCloudError(f"{path}: secretsprovider {raw['secretsprovider']!r}: only `passphrase` is supported")
    return StackSettings(config=raw.get("config") or {}, encryption_salt=raw.get("encryptionsalt") or "")


def as_text(value: Any) -> str:
    """A configuration value as programs receive it: text as it is, everything else as JSON, with 3 for 3.0."""
    if isinstance(value, str):
        return value
    whole = rewrite(value, lambda part: int(part) if isinstance(part, float) and part.is_integer() else part)
    return json.dumps(whole, separators=(",", ":"), sort_keys=True)
