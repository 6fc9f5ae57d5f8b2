"""A context to build images from, and a cloud that keeps them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud.images.image import Image
from localcloud.images.registry import build
from localcloud.settings import LocalCloud

DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG PYTHON=3.11
FROM python:${PYTHON}-slim AS base
ARG FLAVOUR=plain
ENV GREETING="hello ${FLAVOUR}" \\
    # a comment in the middle
    CONFIG=/app/config.json
WORKDIR /app
RUN pip install \\
      requests
COPY main.py config.json ./
COPY library /app/library
EXPOSE 8080
USER 1000:1000
LABEL team="data platform"
HEALTHCHECK CMD true
ENTRYPOINT ["python", "/app/main.py"]
CMD ["--config=/app/config.json"]
"""
MAIN = "import os, sys, library; print(os.getcwd(), sys.argv[1:], os.environ['GREETING'], open('config.json').read())"

Make = Callable[..., Image]


@pytest.fixture
def cloud(tmp_path: Path) -> LocalCloud:
    return LocalCloud(home=tmp_path / "home")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "library" / "__pycache__").mkdir(parents=True)
    (folder / "library" / "__init__.py").write_text("")
    (folder / "library" / "notes.md").write_text("left out")
    (folder / "library" / "__pycache__" / "x.pyc").write_text("left out")
    (folder / "main.py").write_text(MAIN)
    (folder / "config.json").write_text("{}")
    (folder / ".dockerignore").write_text("**/*.md\n")
    return folder


@pytest.fixture
def make(cloud: LocalCloud, context: Path) -> Make:
    """Build the image app:1 from a Dockerfile's text and ARG values."""

    def make_one(text: str, **given: str) -> Image:
        dockerfile = context.parent / "Dockerfile"
        dockerfile.write_text(text)
        return build(dockerfile, context, "app:1", cloud, given)

    return make_one
