"""A cloud that these tests may stop and kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localcloud.services.kubernetes.conftest import running_cloud
from tests.localcloud.services.kubernetes.harness import Cloud


@pytest.fixture(scope="package")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running_cloud(tmp_path_factory.mktemp("own-cloud")) as cloud:
        yield cloud
