"""The providers as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import grpc

from localcloud.settings import LocalCloud
from tests.waiting import PATIENCE_S


def test_process_serves_both_until_terminated(cloud: LocalCloud) -> None:
    command = [sys.executable, "-m", "localcloud.providers"]
    environment = {**os.environ, **cloud.environment()}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        for name in ("gcp", "kubernetes"):
            channel = grpc.insecure_channel(f"127.0.0.1:{cloud.port_of(name + '_provider')}")
            grpc.channel_ready_future(channel).result(timeout=PATIENCE_S)
            channel.close()
        second = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert second.returncode == 1
        port = cloud.port_of("gcp_provider")
        assert second.stderr == f"gcp provider: port {port} is taken; set LOCALCLOUD_PORT to another\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_S) == 0
    finally:
        process.kill()
        process.communicate()
