"""What the Dataproc service remembers, all of it on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from google.cloud import dataproc_v1 as dataproc
from google.longrunning.operations_pb2 import Operation

from localcloud.services.dataproc.operations import Operations
from localcloud.services.protobuf import MessageStore
from localcloud.services.record_store import RecordStore


class Store:
    """Every record of the service below one folder. `lock` guards each read-modify-write."""

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self.policies = MessageStore(folder / "autoscalingPolicies", dataproc.AutoscalingPolicy)
        self.templates = MessageStore(folder / "workflowTemplates", dataproc.WorkflowTemplate)
        self.clusters = MessageStore(folder / "clusters", dataproc.Cluster)
        self.jobs = MessageStore(folder / "jobs", dataproc.Job)
        self.batches = MessageStore(folder / "batches", dataproc.Batch)
        self.operations = Operations(MessageStore(folder / "operations", Operation))
        self.request_ids = RecordStore(folder / "requestIds")

    def once(self, request_id: str, make: Callable[[], str]) -> str:
        """The name `make` gave when this request id was first seen. "" is never seen."""
        if not request_id:
            return make()
        with self.lock:
            known = self.request_ids.get(request_id)
            if known is not None:
                return known["name"]
            name = make()
            self.request_ids.put(request_id, {"name": name})
            return name
