"""Other clients as they are: pyarrow's GcsFileSystem (google-cloud-cpp) and Beam's gcsio."""

from __future__ import annotations

import os

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
from apache_beam.io.gcp.gcsio import GcsIO
from google.cloud import storage

from localcloud.settings import OWNER, LocalCloud


@pytest.fixture
def arrow(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> pyarrow.fs.GcsFileSystem:
    """With default credentials: it signs its tokens itself, with the key file's key."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(local_cloud.credentials(OWNER)))
    endpoint = local_cloud.url("storage").removeprefix("http://")
    return pyarrow.fs.GcsFileSystem(endpoint_override=endpoint, scheme="http", project_id="a-project")


def test_pyarrow_tables(arrow: pyarrow.fs.GcsFileSystem, bucket: storage.Bucket) -> None:
    table = pa.table({"x": list(range(10_000))})
    pq.write_to_dataset(table, f"{bucket.name}/table", filesystem=arrow)
    assert pq.read_table(f"{bucket.name}/table", filesystem=arrow).sort_by("x").equals(table)


def test_pyarrow_files(arrow: pyarrow.fs.GcsFileSystem, bucket: storage.Bucket) -> None:
    data = os.urandom(9_000_000)
    root = bucket.name
    arrow.create_dir(f"{root}/dir")
    with arrow.open_output_stream(f"{root}/dir/large") as stream:
        for start in range(0, len(data), 1_000_000):
            stream.write(data[start : start + 1_000_000])
    with arrow.open_input_file(f"{root}/dir/large") as file:
        assert file.size() == len(data)
        file.seek(4_000_000)
        assert file.read(1000) == data[4_000_000:4_001_000]
        file.seek(0)
        assert file.read() == data
    arrow.copy_file(f"{root}/dir/large", f"{root}/dir/copy")
    arrow.move(f"{root}/dir/copy", f"{root}/other/moved")
    arrow.create_dir(f"{root}/empty/inner")
    found = arrow.get_file_info(pyarrow.fs.FileSelector(root, recursive=True))
    files = {info.path.removeprefix(f"{root}/") for info in found if info.is_file}
    assert files == {"dir/large", "other/moved"}
    arrow.delete_dir(f"{root}/dir")
    assert arrow.get_file_info(f"{root}/dir/large").type == pyarrow.fs.FileType.NotFound
    with pytest.raises(FileNotFoundError):
        arrow.open_input_file(f"{root}/absent")


def test_beam(owner_client: storage.Client, bucket: storage.Bucket) -> None:
    gcs = GcsIO(storage_client=owner_client)
    root = f"gs://{bucket.name}"
    data = os.urandom(3_000_000)
    with gcs.open(f"{root}/in/a", "w") as file:
        file.write(data)
    with gcs.open(f"{root}/in/a") as file:
        file.seek(1_000_000)
        assert file.read(10) == data[1_000_000:1_000_010]
    assert gcs.size(f"{root}/in/a") == len(data)
    copied = gcs.copy_batch([(f"{root}/in/a", f"{root}/out/a"), (f"{root}/absent", f"{root}/out/b")])
    assert [status for _, _, status in copied] == [None, 404]
    gcs.rename(f"{root}/out/a", f"{root}/out/c")
    assert dict(gcs.list_files(f"{root}/")) == {f"{root}/in/a": len(data), f"{root}/out/c": len(data)}
    deleted = gcs.delete_batch([f"{root}/in/a", f"{root}/absent"])
    assert [status for _, status in deleted] == [None, None]
    assert not gcs.exists(f"{root}/in/a")
    kept = bucket.get_blob("out/c")
    assert kept is not None
    assert gcs.checksum(f"{root}/out/c") == kept.crc32c
    assert not gcs.is_soft_delete_enabled(f"{root}/x")
