"""One IAM service for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud.settings import LocalCloud
from tests.localcloud.services.processes import running
from tests.ports import free_port_base


@pytest.fixture(scope="session")
def iam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """The cloud; it has an owner because its IAM service runs."""
    made = LocalCloud(home=tmp_path_factory.mktemp("iam"), port=free_port_base())
    with running(made, "iam"):
        yield made
