"""What the jobs of these tests run: programs by name, each at gs://code/NAME.py, and archives of a module `helper`."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

WRITE = """
import os, sys
import helper
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("process", os.getpid(), "helper", helper.VALUE, "partitions", spark.conf.get("spark.sql.shuffle.partitions"))
add = spark.udf.register("add", lambda value: __import__("helper").VALUE + value, "int")
rows = spark.range(3).selectExpr("add(cast(id as int)) as value")
rows.write.mode("overwrite").parquet(sys.argv[1])
rows.createOrReplaceTempView("left_behind")
spark.stop()
"""
READ = """
import os, sys
import helper
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("process", os.getpid(), "helper", helper.VALUE, "views", len(spark.catalog.listTables()))
print("values", sorted(row.value for row in spark.read.parquet(sys.argv[1]).collect()))
"""
LEAVE = """
import os, sys
import helper
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("left").config("spark.left", "behind").getOrCreate()
spark.range(3).createOrReplaceGlobalTempView("left_behind")
os.environ["LEFT"] = "behind"
print("process", os.getpid())
"""
LOOK = """
import importlib.util, json, os, sys
from pathlib import Path
from pyspark import SparkContext
print("process", os.getpid())
found = {"running": SparkContext._active_spark_context is not None, "module": "helper" in sys.modules,
         "import": importlib.util.find_spec("helper") is not None, "variable": "LEFT" in os.environ,
         "folder": Path.cwd().name}
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
found |= {"views": len(spark.catalog.listTables("global_temp")), "conf": spark.conf.get("spark.left", ""),
          "name": spark.sparkContext.appName}
print("found", json.dumps(found))
"""
CONTEXT_ONLY = """
from pyspark import SparkConf, SparkContext
print("sum", SparkContext(conf=SparkConf().setAppName("left")).parallelize(range(4)).sum())
"""
THREAD = """
import threading
from pyspark.sql import SparkSession
def work():
    print("rows", SparkSession.builder.appName("left").getOrCreate().range(4).count())
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
ARCHIVE = """
from pathlib import Path
from pyspark import SparkFiles
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("unpacked", Path(SparkFiles.get("environment"), "helper.py").read_text())
"""
RAISE = "print('before the end')\nraise ValueError('no such road')\n"
STRICT = "import argparse\nargparse.ArgumentParser(prog='strict').parse_args()\n"
COUNT = "import sys\nfrom pyspark.sql import SparkSession\n" + (
    "print('rows', SparkSession.builder.getOrCreate().read.text(sys.argv[1]).count())\n"
)
WAIT = "import time\nprint('waiting', flush=True)\ntime.sleep(600)\n"

AROUND = """
import importlib.util, json, os, sys
from pathlib import Path
print("process", os.getpid())
print("found", json.dumps({"module": "helper" in sys.modules, "import": importlib.util.find_spec("helper") is not None,
                           "variable": "LEFT" in os.environ, "folder": Path.cwd().name}))
os.environ["LEFT"] = "behind"
"""

# What a driver needs of pyspark, without Spark: properties of a JVM that is none, no sessions, no contexts.
NO_SPARK = {
    "__init__.py": """
class SparkContext:
    _active_spark_context = None
""",
    "sql.py": """
from types import SimpleNamespace
_properties = {}
_system = SimpleNamespace(getProperty=_properties.get, setProperty=_properties.__setitem__,
                          clearProperty=lambda name: _properties.pop(name, None))
_process = SimpleNamespace(stdin=SimpleNamespace(close=lambda: None), wait=lambda: None)
class _Session:
    sparkContext = SimpleNamespace(
        _jvm=SimpleNamespace(java=SimpleNamespace(lang=SimpleNamespace(System=_system))),
        _gateway=SimpleNamespace(shutdown=lambda: None, proc=_process),
    )
    def stop(self):
        pass
class _Builder:
    def config(self, map):
        if "spark.fail" in map:
            raise RuntimeError(map["spark.fail"])
        return self
    def getOrCreate(self):
        return _Session()
class SparkSession:
    builder = _Builder()
    _instantiatedSession = None
    @staticmethod
    def getActiveSession():
        return None
""",
}

NOTHING: dict[str, Any] = {
    "running": False,
    "module": False,
    "import": False,
    "variable": False,
    "views": 0,
    "conf": "",
}
"""What the program `look` finds of an earlier job."""

PROGRAMS = {
    "write": WRITE,
    "read": READ,
    "leave": LEAVE,
    "look": LOOK,
    "context": CONTEXT_ONLY,
    "thread": THREAD,
    "archive": ARCHIVE,
    "raise": RAISE,
    "strict": STRICT,
    "count": COUNT,
    "wait": WAIT,
    "around": AROUND,
}


def helpers(value: int) -> bytes:
    """A zip with a module `helper`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("helper.py", f"VALUE = {value}\n")
    return content.getvalue()


def python(name: str, *args: str, helpers: str = "", **fields: Any) -> dict[str, Any]:
    """A PySpark job of a program, with one of the archives."""
    files = [f"gs://code/{helpers}/helpers.zip"] if helpers else []
    return {"main_python_file_uri": f"gs://code/{name}.py", "args": list(args), "python_file_uris": files, **fields}


def local(folder: Path, name: str, *args: str) -> dict[str, Any]:
    """A PySpark job of a program in a folder."""
    return {"main_python_file_uri": f"file://{folder / name}.py", "args": list(args)}


def found_by(output: str) -> dict[str, Any]:
    """What the programs `look` and `around` found."""
    return json.loads(next(line.removeprefix("found ") for line in output.splitlines() if line.startswith("found ")))


def process_of(output: str) -> str:
    """The driver's process id that a program printed."""
    return next(line.split()[1] for line in output.splitlines() if line.startswith("process "))
