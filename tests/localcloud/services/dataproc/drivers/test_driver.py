"""What a job finds in its driver, and what it leaves there."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.services.dataproc.drivers.process import DriverProcess
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.conftest import NewCluster
from tests.localcloud.services.dataproc.drivers.conftest import command
from tests.localcloud.services.dataproc.programs import NOTHING, found_by, python


@pytest.mark.parametrize("program", ["context", "thread"])
def test_spark_of_a_job_ends_with_it_however_the_job_made_it(
    spark: Dataproc, new_cluster: NewCluster, program: str
) -> None:
    cluster = new_cluster()
    spark.submit(cluster, f"makes-{program}", python(program))
    spark.submit(cluster, f"after-{program}", python("look"))

    spark.output(f"makes-{program}")
    seen = spark.output(f"after-{program}")

    assert found_by(seen) == {**NOTHING, "folder": f"after-{program}", "name": f"after-{program}"}


@pytest.mark.parametrize(
    ("text", "error", "exit_code"),
    [
        ("", "", 0),
        ("import sys; sys.exit()", "", 0),
        ("import sys; sys.exit(3)", "", 3),
        ("import sys; sys.exit('no road')", "no road", 1),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", 1),
        (
            "raise OSError('a: b\\n: java.io.IOException\\nCaused by: x\\nCaused by: y')",
            "OSError: a: b: java.io.IOException; Caused by: y",
            1,
        ),
        ("broken(", "SyntaxError", 1),
    ],
)
def test_a_job_ends_with_an_error_and_an_exit_code(
    driver: DriverProcess, tmp_path: Path, text: str, error: str, exit_code: int
) -> None:
    main = tmp_path / "main.py"
    main.write_text(text)
    driver.wait_until_ready()
    ended = driver.run(command(main))
    assert (ended["exit_code"], error in ended["error"], bool(ended["error"])) == (exit_code, True, bool(error))


def test_a_job_leaves_nothing_to_the_next(driver: DriverProcess, tmp_path: Path) -> None:
    driver.wait_until_ready()
    driver.take_output()
    told: list[str] = []
    for name, value in (("one", 1), ("two", 2)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "helper.py").write_text(f"VALUE = {value}")
        main = folder / "main.py"
        main.write_text(
            "import os, sys, helper\nprint(helper.VALUE, sys.argv[1:], os.getcwd(), os.environ.get('LEFT'))\n"
            "os.environ['LEFT'] = 'x'\nsys.path.append('/left')\nprint('/left' in sys.path[:-1])"
        )
        assert driver.run(command(main, name)) == {"error": "", "exit_code": 0}
        told.append(driver.take_output().decode())
    assert told == [f"{n} ['{name}'] {tmp_path / name} None\nFalse\n" for name, n in (("one", 1), ("two", 2))]
