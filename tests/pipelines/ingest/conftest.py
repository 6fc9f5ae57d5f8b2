"""Services of a local cloud for the tests that need Google's APIs."""

from tests.localcloud.services.conftest import cloud, local_cloud, start_service

__all__ = ["cloud", "local_cloud", "start_service"]
