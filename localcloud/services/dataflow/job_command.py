"""How a job's process is started: the image's file with the pipeline options that Dataflow's launcher gives."""

from __future__ import annotations

import os
from pathlib import Path

from google.cloud import dataflow_v1beta3 as dataflow

from localcloud.images import registry as images
from localcloud.services import lifeline
from localcloud.services.common import GoogleError
from localcloud.services.dataflow.metrics_file import METRICS_VARIABLE
from localcloud.settings import OWNER, LocalCloud

RUNNER = "localcloud.services.dataflow.runner.LocalRunner"
FILE_VARIABLE = "FLEX_TEMPLATE_PYTHON_PY_FILE"


def pipeline_options(
    project: str, location: str, launch: dataflow.LaunchFlexTemplateParameter, streaming: bool
) -> list[str]:
    """The arguments after the file: the template's parameters, then Beam's own options."""
    environment = launch.environment
    given = {
        "runner": RUNNER,
        "project": project,
        "region": location,
        "job_name": launch.job_name,
        "service_account_email": environment.service_account_email or OWNER,
        "temp_location": environment.temp_location,
        "staging_location": environment.staging_location or environment.temp_location,
        "num_workers": str(environment.num_workers or ""),
        "max_num_workers": str(environment.max_workers or ""),
        "worker_machine_type": environment.machine_type,
    }
    # What the environment leaves open may be a parameter, and a parameter may be empty.
    options = {**launch.parameters, **{name: value for name, value in given.items() if value}}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    arguments += [f"--labels={name}={value}" for name, value in environment.additional_user_labels.items()]
    arguments += [f"--experiments={one}" for one in environment.additional_experiments]
    arguments += [one if one.startswith("--") else f"--{one}" for one in environment.additional_pipeline_options]
    processes = min(environment.num_workers, os.cpu_count() or 1)
    if processes > 1 and not streaming:
        arguments += ["--direct_running_mode=multi_processing", f"--direct_num_workers={processes}"]
    return [*arguments, "--streaming"] if streaming else arguments


def job_process(
    cloud: LocalCloud, spec: dataflow.ContainerSpec, identity: str, options: list[str], metrics: Path
) -> images.Process:
    """The process of a job; a 400 if its image is not here, has no launcher file, or the identity has no key."""
    if not cloud.credentials(identity).is_file():
        raise GoogleError(400, f"service account {identity} does not exist: create it first", "badRequest")
    try:
        image = images.resolve(spec.image, cloud)
        if FILE_VARIABLE not in image.env:
            raise GoogleError(400, f"image {spec.image} does not set {FILE_VARIABLE}", "badRequest")
        environment = {**cloud.job_environment(identity), METRICS_VARIABLE: str(metrics)}
        command = ["python", "-P", "-m", "localcloud.services.dataflow.worker", image.env[FILE_VARIABLE]]
        process = image.process(command=command, args=options, env=environment, machine=environment)
    except images.ImageError as error:
        raise GoogleError(400, str(error), "badRequest") from error
    if not Path(process.argv[4]).is_file():
        raise GoogleError(400, f"image {spec.image} has no file {image.env[FILE_VARIABLE]}", "badRequest")
    return images.Process(process.argv, lifeline.python_environment(process.env), process.cwd)
