"""Files written whole: what stands at the place is replaced only where that is safe."""

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from simjob.whole_files import replacing, settle, write_whole


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    place = tmp_path / "a"
    for content in (b"one", b"two"):
        write_whole(place, content)
        assert place.read_bytes() == content
    assert list(tmp_path.iterdir()) == [place]


def test_after_a_failure_all_is_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="no"), replacing(place) as beside:  # noqa: PT012 - as the test says
        beside.write_bytes(b"new")
        raise RuntimeError("no")
    assert (place.read_bytes(), list(tmp_path.iterdir())) == (b"old", [place])


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, *, there: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if there:
        (folder / "target").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to("folder/target")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert (folder / "target").read_bytes() == b"new"
    assert [each.name for each in folder.iterdir()] == ["target"]


@pytest.mark.skipif(os.name != "posix", reason="a named pipe")
@pytest.mark.parametrize("linked", [True, False])
def test_a_pipe_is_written_into_and_stays(tmp_path: Path, *, linked: bool) -> None:
    pipe = place = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        place = tmp_path / "link"
        place.symlink_to("pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_whole(place, b"content")
    reader.join(10)
    assert read == [b"content"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert {each.name for each in tmp_path.iterdir()} == {"pipe", place.name}


def test_a_directory_and_a_ring_of_links_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ring").symlink_to("ring")
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        write_whole(tmp_path, b"")
    with pytest.raises(OSError, match="symbolic links"):
        write_whole(tmp_path / "ring", b"")
    assert (tmp_path / "ring").is_symlink()


def test_settling_takes_files_and_directories_and_tells_what_the_disk_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"content")
    settle(tmp_path / "a")
    settle(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "a", b"more")
    assert (tmp_path / "a").read_bytes() == b"content"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
