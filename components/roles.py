"""Roles that nobody is granted: components refuse them at construction, the security policies in any program."""

from __future__ import annotations

BASIC_ROLES = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
"""Google's basic roles: each reaches nearly every resource of a project."""
