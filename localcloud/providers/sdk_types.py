"""The types of an installed Pulumi SDK, read from its source text.

The SDKs are generated and regular, so a class's types are parsed from the few lines that declare them. Importing
instead takes seconds and hundreds of MB (pulumi_gcp.compute alone: 5 s without byte code); this takes milliseconds.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import json
import re
import threading
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

CLASS = re.compile(r"^class (\w+)\b", re.MULTILINE)
IMPORT = re.compile(r"^from (\.+)([\w.]*) import (\w+)(?: as (\w+))?$", re.MULTILINE)
GETTER = re.compile(r'@pulumi\.getter(?:\(name="([^"]+)"\))?\s.*?def (\w+)\(self\) -> ', re.DOTALL)
MODULES = re.compile(r'resource_modules="""(.*?)"""', re.DOTALL)
SCALARS = {
    "str": "string",
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "Any": "any",
    "Asset": "asset",
    "Archive": "asset",
}


# Python 3.11 keeps one recursion depth for all threads that turn source into ast objects, and fails if they mix it up
# (python/cpython issue 106905).
_PARSING = threading.Lock()


def _parse(source: str) -> ast.Module:
    with _PARSING:
        return ast.parse(source)


@dataclass(frozen=True)
class Scalar:
    """string, boolean, integer, number, asset (asset or archive) or any."""

    name: str


@dataclass(frozen=True)
class ListOf:
    item: Type


@dataclass(frozen=True)
class MapOf:
    item: Type


@dataclass(frozen=True)
class OneOf:
    options: tuple[Type, ...]


@dataclass(frozen=True)
class Choice:
    """An enum or a literal."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Reference:
    """A nested class by name, as seen from the file that mentions it."""

    file: Path
    name: str

    def resolve(self) -> Type:
        return resolve(self.file, self.name)


@dataclass(frozen=True)
class ObjectType:
    """An Args class: the type of each property by Pulumi's name, and which must be given."""

    name: str
    properties: dict[str, Type]
    required: frozenset[str]


Type = Scalar | ListOf | MapOf | OneOf | Choice | Reference | ObjectType


@dataclass(frozen=True)
class ResourceSchema:
    """One resource type: its inputs and the names of its outputs."""

    token: str
    inputs: ObjectType
    outputs: frozenset[str]

    @property
    def class_name(self) -> str:
        return self.token.rsplit(":", 1)[1]


class SourceFile:
    """One file of the SDK and where its classes are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        starts = [(match.group(1), match.start()) for match in CLASS.finditer(self.text)]
        ends = [start for _, start in starts[1:]] + [len(self.text)]
        self.spans = {name: (start, end) for (name, start), end in zip(starts, ends, strict=True)}

    def source(self, name: str) -> str:
        start, end = self.spans[name]
        return self.text[start:end]

    @cached_property
    def modules(self) -> dict[str, Path]:
        """Folders that the file imports from inside the SDK, by the name it gives them."""
        found = {}
        for dots, package, name, alias in IMPORT.findall(self.text):
            folder = self.path.parents[len(dots) - 1].joinpath(*filter(None, package.split(".")))
            found[alias or name] = folder / name
        return found


@cache
def source_file(path: Path) -> SourceFile | None:
    return SourceFile(path) if path.is_file() else None


@cache
def resolve(file: Path, name: str) -> Type:
    """The class `name` (dotted: in another of the SDK's folders) as `file` sees it."""
    *modules, class_name = name.split(".")
    folder = file.parent
    candidates = [file]
    if modules:
        here = source_file(file)
        assert here is not None
        folder = here.modules[modules[0]].joinpath(*modules[1:])
        candidates = []
    for path in (*candidates, folder / "_inputs.py", folder / "_enums.py", *sorted(folder.glob("*.py"))):
        source = source_file(path)
        if source and class_name in source.spans:
            return _read_class(source, class_name)
    raise LookupError(f"{name} is not declared where {file} looks for it")


def _read_class(source: SourceFile, name: str) -> Type:
    text = source.source(name)
    if "Enum)" in text.split("\n", 1)[0]:
        body = _parse(text.rsplit("\n@", 1)[0]).body[0]
        assert isinstance(body, ast.ClassDef)
        assigned = [item.value for item in body.body if isinstance(item, ast.Assign)]
        return Choice(tuple(value.value for value in assigned if isinstance(value, ast.Constant)))
    return read_arguments(source, name)


def read_arguments(source: SourceFile, name: str) -> ObjectType:
    """An Args class from its constructor's annotations and its getters' names."""
    text = source.source(name)
    start = text.find("def __init__(")
    signature = text[start : text.index("):\n", start)]
    function = _parse(f"{signature}): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    names = {python: pulumi or python for pulumi, python in GETTER.findall(text)}
    properties, required = {}, set()
    for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        pulumi_name = names[argument.arg]
        assert argument.annotation is not None
        properties[pulumi_name] = _read_annotation(argument.annotation, source.path)
        if default is None:
            required.add(pulumi_name)
    return ObjectType(name.removesuffix("Args"), properties, frozenset(required))


def _read_annotation(node: ast.expr, file: Path) -> Type:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        statement = _parse(node.value).body[0]
        assert isinstance(statement, ast.Expr)
        parsed = statement.value
        if isinstance(parsed, ast.Name | ast.Attribute) and node.value.split(".")[-1] not in SCALARS:
            return Reference(file, node.value)
        return _read_annotation(parsed, file)
    if isinstance(node, ast.Name | ast.Attribute):
        return Scalar(SCALARS[ast.unparse(node).split(".")[-1]])
    assert isinstance(node, ast.Subscript), ast.unparse(node)
    name = ast.unparse(node.value).split(".")[-1]
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name in {"Input", "Optional", "InputType"}:
        return _read_annotation(arguments[0], file)
    if name in {"Sequence", "List"}:
        return ListOf(_read_annotation(arguments[0], file))
    if name in {"Mapping", "Dict"}:
        return MapOf(_read_annotation(arguments[1], file))
    if name == "Literal":
        return Choice(tuple(item.value for item in arguments if isinstance(item, ast.Constant)))
    return _read_union(arguments, file)


def _read_union(arguments: list[ast.expr], file: Path) -> Type:
    options = []
    for argument in arguments:
        if isinstance(argument, ast.Constant) and argument.value is None:
            continue
        option = _read_annotation(argument, file)
        if option not in options:
            options.append(option)
    return options[0] if len(options) == 1 else OneOf(tuple(options))


class Sdk:
    """One installed SDK: `pulumi_gcp`, `pulumi_kubernetes`."""

    def __init__(self, package: str) -> None:
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise LookupError(f"{package} is not installed")
        self.package = package
        self.folder = Path(found.submodule_search_locations[0])
        self.version = importlib.metadata.version(package)
        self._schemas: dict[str, ResourceSchema | None] = {}

    @cached_property
    def tokens(self) -> dict[str, tuple[str, str]]:
        """Type token -> (module, class), from the tables by which the SDK registers its resources."""
        match = MODULES.search((self.folder / "__init__.py").read_text(encoding="utf-8"))
        modules = json.loads(match.group(1)) if match else []
        return {token: (module["fqn"], name) for module in modules for token, name in module["classes"].items()}

    def resource(self, token: str) -> ResourceSchema | None:
        """The schema of a resource type; None if the SDK has no such type."""
        if token not in self._schemas:
            self._schemas[token] = self._read_resource(*self.tokens[token], token) if token in self.tokens else None
        return self._schemas[token]

    @cached_property
    def provider(self) -> ObjectType:
        """The settings of the SDK's provider resource."""
        source = source_file(self.folder / "provider.py")
        assert source is not None
        return read_arguments(source, "ProviderArgs")

    def _read_resource(self, module: str, name: str, token: str) -> ResourceSchema:
        folder = self.folder.joinpath(*module.split(".")[1:])
        source = self._file_of(folder, name)
        text = source.source(name)
        match = re.search(r"__props__ = (\w+)\.__new__", text)
        assert match, f"{token}: no arguments class"
        outputs = frozenset(pulumi or python for pulumi, python in GETTER.findall(text))
        return ResourceSchema(token, read_arguments(source, match.group(1)), outputs)

    def _file_of(self, folder: Path, name: str) -> SourceFile:
        """The file that declares a resource class: named like it, but for underscores and case."""
        likely = sorted(path for path in folder.glob("*.py") if path.stem.replace("_", "").lower() == name.lower())
        for path in (*likely, *sorted(folder.glob("*.py"))):
            source = source_file(path)
            if source and name in source.spans:
                return source
        raise LookupError(f"{name} is not declared below {folder}")


@cache
def installed(package: str) -> Sdk:
    """The one reader of a package, which keeps what it has read."""
    return Sdk(package)
