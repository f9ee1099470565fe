"""What files add to the contract of BlobStore: other processes, a full or broken disk, order of flushes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from havre.adapters.blobs import FilesystemBlobStore
from havre.kernel.errors import StartRefused
from havre.kernel.ids import new_ulid
from havre.registry.ports import SpoolBusy

PUSH = """
import asyncio, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from havre.adapters.blobs import FilesystemBlobStore
from havre.kernel.errors import HavreError
from havre.kernel.ids import new_ulid

async def push(store, size):
    upload, key = f"uploads/{new_ulid()}", f"blobs/ab/ab.{new_ulid()}"
    spool = await store.open_spool(upload)
    await spool.resume_at(0)
    try:
        spool.write(memoryview(bytes(size)))
        await spool.sync()
        await store.commit(upload, key)
        return key
    except HavreError as error:
        print(type(error).__name__, spool.offset, type(error.__cause__).__name__)
    finally:
        await store.delete([upload])
        await spool.close()

async def main():
    # strace counts injections per thread: one thread makes the first call the first of all
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    store = FilesystemBlobStore(Path(sys.argv[1]))
    for size in map(int, sys.argv[2:]):
        if await push(store, size):
            print("stored", size)
    print(sorted([size async for _, size in store.keys()]))

asyncio.run(main())
"""


def test_a_full_disk_is_told_and_once_there_is_room_the_same_process_goes_on(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -c "$3" "$1" 100000 2000000 200000'
    ended = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", tmp_path, sys.executable, PUSH],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.stdout.splitlines() == [
        "stored 100000",
        "StorageFull 0 OSError",
        "stored 200000",
        "[100000, 200000]",
    ], ended.stderr


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "fsync", "/^link"])
def test_a_broken_disk_is_told_and_the_next_push_succeeds(tmp_path: Path, call: str) -> None:
    FilesystemBlobStore(tmp_path / "data")  # so that the first fsync is the spool's
    inject = f"inject={call}:error=EIO:when=1"
    ended = _traced(tmp_path, ["-e", inject], "1000", "2000")

    out = ended.splitlines()
    assert re.fullmatch(r"Unavailable (0|1000) OSError", out[0]), ended
    assert out[1:] == ["stored 2000", "[2000]"]


def test_a_commit_flushes_the_file_before_its_name_and_the_name_before_it_returns(tmp_path: Path) -> None:
    log = tmp_path / "calls"
    _traced(tmp_path, ["-y", "-o", str(log), "-e", "trace=fsync,fdatasync,/^link"], "1000")

    calls = re.findall(
        r"(fsync|fdatasync|link)(?:at)?\((?:AT_FDCWD, )?(?:\d+<)?\"?([^>\",]*)", log.read_text()
    )
    short = [(call, path.replace(str(tmp_path / "data"), "")) for call, path in calls]
    after = short[next(index for index, (call, _) in enumerate(short) if call == "fdatasync") :]
    kinds = [(call, re.sub(r"[0-9a-z]{26}", "ULID", path)) for call, path in after]
    assert kinds == [
        ("fdatasync", "/uploads/ULID"),
        ("fsync", "/uploads"),
        ("fsync", "/uploads/ULID"),
        ("fsync", "/blobs"),
        ("link", "/uploads/ULID"),
        ("fsync", "/blobs/ab"),
        ("fsync", "/uploads"),  # the spool was deleted
    ]


def _traced(tmp_path: Path, options: list[str], *sizes: str) -> str:
    strace = shutil.which("strace")
    if "strace" in os.environ.get("HAVRE_TEST_SKIP", "").split(","):
        pytest.skip("strace is named in HAVRE_TEST_SKIP")
    if strace is None:
        pytest.fail("strace is missing: install it, or name it in HAVRE_TEST_SKIP", pytrace=False)
    ended = subprocess.run(
        [strace, "-f", "-qq", *options, sys.executable, "-c", PUSH, tmp_path / "data", *sizes],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.stdout


async def test_a_spool_held_by_another_process_is_busy_until_it_dies(tmp_path: Path) -> None:
    store, key = FilesystemBlobStore(tmp_path), f"uploads/{new_ulid()}"
    path = store.path_of(key)
    assert path is not None
    with _hold(path) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(SpoolBusy):
            await store.open_spool(key)
        other.kill()

    await (await store.open_spool(key)).close()
    assert await store.size_of(key) == 1


def _hold(path: str) -> subprocess.Popen[bytes]:
    script = "import sys, pathlib; from havre.adapters.blobs.spool import lock_spool as lock\n"
    script += "spool = lock(pathlib.Path(sys.argv[1])); spool.write(memoryview(b'x')); print(1, flush=True)\n"
    script += "sys.stdin.read()"
    return subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


async def test_a_symbolic_link_in_the_place_of_a_spool_is_not_followed(tmp_path: Path) -> None:
    store, key = FilesystemBlobStore(tmp_path / "data"), f"uploads/{new_ulid()}"
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "data" / key).symlink_to(victim)

    with pytest.raises(Exception, match="could not open"):
        await store.open_spool(key)

    assert victim.read_text() == "precious"


async def test_files_that_are_no_keys_are_not_listed(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    (tmp_path / "uploads" / ".nfs000").write_text("x")
    (tmp_path / "blobs" / "lost+found").mkdir()
    (tmp_path / "blobs" / "ab").mkdir()
    (tmp_path / "blobs" / "ab" / "stranger").write_text("xy")

    assert [found async for found in store.keys()] == [("blobs/ab/stranger", 2)]  # noqa: SIM118 - no dictionary


def test_a_directory_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StartRefused, match="cannot be used"):
        FilesystemBlobStore(tmp_path / "file" / "data")
