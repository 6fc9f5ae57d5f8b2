"""Whatever goes wrong over one file is that file's outcome, with a reason; only the run's own trouble stops the run.

The run's is what would have happened over any file: nobody answers or has time (no connection, 408, 429, 5xx), this
job may not do it (401, 403), the disk is full, the catalogue says no. Such an error is raised again, for the runner to
retry, and no file is judged by it. Everything else was met because of what this one file is: it is damaged, Cloud
Storage refuses to give this object (other 4xx), or a library can't do with it what it does with others. A file is
taken out for that even if the error is one of the job, which then is logged with its traceback, and counted.
"""

from __future__ import annotations

import http.client
import logging

from pipelines.ingest.model import IngestError
from pipelines.sources.mcap_records import DamagedLog
from pipelines.storage import UnreadableObjectError

REASON_CHARACTERS = 1000
"""A reason is kept as metadata of the copy in quarantine, all of which may have 8 KiB (Cloud Storage, quotas)."""

NOT_THE_FILE_S = (401, 403, 404, 408, 429)
"""404: an object that is gone is a MissingObjectError, so that what is missing is a bucket."""

logger = logging.getLogger(__name__)


def reason_of(error: Exception, doing: str) -> str:
    """Why a file is refused, from what was raised over it. Raises the error again if it is the run's.

    doing: what failed, for people.
    """
    if isinstance(error, DamagedLog | UnreadableObjectError):
        return short(str(error))
    if is_the_run_s(error):
        raise error
    logger.exception("%s failed in a way that nobody expected; the file goes to quarantine", doing, exc_info=error)
    return short(f"{doing} failed: {type(error).__name__}: {error}")


def expected(error: Exception) -> bool:
    """Whether the error is one of those that say what is wrong with a file."""
    return isinstance(error, DamagedLog | UnreadableObjectError)


def is_the_run_s(error: Exception) -> bool:
    """Whether the error would have happened over any file."""
    from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.exceptions import DataCorruption
    from pyiceberg.exceptions import RESTError
    from urllib3.exceptions import HTTPError

    if isinstance(error, GoogleAPICallError):
        return error.code is None or error.code >= 500 or error.code in NOT_THE_FILE_S
    troubles = (IngestError, OSError, HTTPError, http.client.HTTPException, RESTError, DataCorruption)
    return isinstance(error, (*troubles, GoogleAPIError, GoogleAuthError))


def short(text: str) -> str:
    """The text in one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= REASON_CHARACTERS else f"{line[:REASON_CHARACTERS]}..."
