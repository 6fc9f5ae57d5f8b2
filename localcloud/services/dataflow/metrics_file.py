"""Where a job's process is told to leave its metrics: known to the service, and to the runner in that process."""

METRICS_VARIABLE = "DATAFLOW_METRICS_FILE"
