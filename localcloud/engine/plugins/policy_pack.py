"""One policy pack, running as a process of its own.

A pack is a folder with PulumiPolicy.yaml and a Python program that makes a `PolicyPack`. It is started as Pulumi's
Python language host does (`python -m pulumi.policy <engine> <folder>`); its first line of output is the port it
serves on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS as CHANNEL_OPTIONS
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from localcloud.engine.project.configuration import Stack
from localcloud.engine.project.project import as_text, load_yaml
from localcloud.errors import LocalCloudError
from localcloud.wire import values

START_SECONDS = 60
STOP_SECONDS = 10

# The pack ends when its standard input does, that is with the engine, however that ends.
_BOOTSTRAP = """
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)
"""


def start_process(
    folder: Path, program: Path, engine_address: str, environment: dict[str, str]
) -> subprocess.Popen[str]:
    """Start a pack. It has a session of its own, so that an interrupt at the terminal is the engine's alone."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", _BOOTSTRAP, engine_address, str(program)],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


class Pack:
    """One running policy pack."""

    def __init__(self, folder: Path, engine_address: str, stack: Stack) -> None:
        declaration = folder / "PulumiPolicy.yaml"
        if not declaration.is_file():
            raise LocalCloudError(f"--policy-pack {folder}: there is no PulumiPolicy.yaml in it")
        raw = load_yaml(declaration)
        runtime = raw.get("runtime")
        if (runtime.get("name") if isinstance(runtime, dict) else runtime) != "python":
            raise LocalCloudError(f"{declaration}: runtime {runtime!r}: this engine runs python policy packs only")
        self.folder = folder
        self.version = str(raw.get("version") or "")
        self._last_lines: deque[str] = deque(maxlen=20)
        self._held_lines: list[str] | None = []
        self._lines_lock = threading.Lock()
        self._followers: list[threading.Thread] = []
        self._channel: grpc.Channel | None = None
        program = (folder / raw.get("main", ".")).resolve()
        self._process = start_process(folder, program, engine_address, _environment(stack))
        self._follow(self._process.stderr)
        self._stub: analyzer_pb2_grpc.AnalyzerStub | None = None
        self._stack = stack
        self._beginner = ThreadPoolExecutor(max_workers=1)
        self._ready: Future[None] = Future()

    def begin(self, *, preview: bool) -> None:
        """Get ready for a pass. That takes a second the first time, so it is done beside other things."""
        self._ready = self._beginner.submit(self._configure_stack, preview=preview)

    def wait_until_ready(self) -> None:
        """Errors: LocalCloudError if the pack could not be started."""
        self._ready.result()

    @property
    def stub(self) -> Any:
        """The pack's service."""
        if self._stub is None:
            output = self._process.stdout
            assert output is not None
            timer = threading.Timer(START_SECONDS, self._process.kill)
            timer.start()
            port = output.readline().strip()
            timer.cancel()
            if not port.isdigit():
                raise LocalCloudError(f"policy pack {self.folder} did not start: {self._why_not(port)}")
            self._follow(output)
            self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL_OPTIONS)
            self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
            self._pass_on()
            info = self.call("GetAnalyzerInfo", empty_pb2.Empty())
            self.name = info.name
            config = _policy_config(info)
            self.remediates = any(item.enforcementLevel == analyzer_pb2.REMEDIATE for item in config.values())
            self.call("Configure", analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config))
        return self._stub

    def _why_not(self, first_line: str) -> str:
        if first_line:
            return f"its first line of output must be its port, not {first_line!r}: print to standard error"
        self._process.wait()
        self._end_of_output()
        return " | ".join(line.strip() for line in list(self._last_lines)[-3:]) or "it gave no port"

    def _configure_stack(self, *, preview: bool) -> None:
        request = analyzer_pb2.AnalyzerStackConfigureRequest(
            stack=self._stack.name,
            project=self._stack.project.name,
            organization=self._stack.organization,
            dry_run=preview,
            config=self._stack.configuration.texts,
            config_secret_keys=sorted(self._stack.configuration.secret_keys),
        )
        self.call("ConfigureStack", request, optional=True)

    def call(self, method: str, request: Any, *, optional: bool = False) -> Any:
        """Call the pack; an optional method that it does not have gives None."""
        try:
            return getattr(self.stub, method)(request)
        except grpc.RpcError as error:
            if optional and error.code() == grpc.StatusCode.UNIMPLEMENTED:  # type: ignore[attr-defined]
                return None
            details = " ".join((error.details() or "").split())  # type: ignore[attr-defined]
            raise LocalCloudError(f"policy pack {self.folder} failed in {method}: {details}") from None

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._beginner.shutdown()
        if self._channel is not None:
            self._channel.close()
        self._end_of_output()
        for stream in (self._process.stdin, self._process.stdout if self._stub is None else None):
            if stream is not None:
                stream.close()

    def _end_of_output(self) -> None:
        for follower in self._followers:
            # One whose pack left a process behind goes on; it ends with the engine.
            follower.join(STOP_SECONDS)

    def _follow(self, stream: IO[str] | None) -> None:
        """Pass the pack's own output on, and remember its end in case it fails.

        What it writes before it serves is held until then: if it does not start, that is the error.
        """

        def follow(source: IO[str]) -> None:
            with source:
                for line in source:
                    self._tell(line)

        assert stream is not None
        self._followers.append(threading.Thread(target=follow, args=(stream,), daemon=True))
        self._followers[-1].start()

    def _tell(self, line: str) -> None:
        with self._lines_lock:
            self._last_lines.append(line)
            if self._held_lines is None:
                sys.stderr.write(line)
            else:
                self._held_lines.append(line)

    def _pass_on(self) -> None:
        with self._lines_lock:
            sys.stderr.writelines(self._held_lines or ())
            self._held_lines = None


def _environment(stack: Stack) -> dict[str, str]:
    return {
        "PULUMI_CONFIG": as_text(stack.configuration.texts),
        "PULUMI_ORGANIZATION": stack.organization,
        "PULUMI_PROJECT": stack.project.name,
        "PULUMI_STACK": stack.name,
        "PULUMI_DRY_RUN": "true",
    }


def _policy_config(info: analyzer_pb2.AnalyzerInfo) -> dict[str, analyzer_pb2.PolicyConfig]:
    """Each policy's level and properties: what it declares, then what the pack sets for all, then for this one."""
    configs = {}
    overall = dict(info.initialConfig).get("all")
    for policy in info.policies:
        config = analyzer_pb2.PolicyConfig(enforcementLevel=(overall or policy).enforcementLevel)
        schemas = values.from_struct(policy.configSchema.properties)
        config.properties.update({key: schema["default"] for key, schema in schemas.items() if "default" in schema})
        if policy.name in info.initialConfig:
            initial = info.initialConfig[policy.name]
            config.enforcementLevel = initial.enforcementLevel
            config.properties.MergeFrom(initial.properties)
        configs[policy.name] = config
    return configs
