"""A ledger entry has to add up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.ingest.model import IngestError
from tests.pipelines.ingest.entries import entry


def test_every_message_is_accounted_for() -> None:
    fits = replace(entry("a.mcap"), received=10, written=6, quarantined=3, duplicates=1)
    assert fits.received == 10
    with pytest.raises(IngestError, match=r"a\.mcap: received 11 messages but accounts for 10; nothing .* committed"):
        replace(fits, received=11)
