"""The basic roles are Google's three."""

from __future__ import annotations

from components.roles import BASIC_ROLES


def test_the_basic_roles_are_googles_three() -> None:
    """As https://cloud.google.com/iam/docs/roles-overview#basic lists them."""
    assert {"roles/owner", "roles/editor", "roles/viewer"} == BASIC_ROLES
