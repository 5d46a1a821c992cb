"""Files are written whole or not at all."""

import os

import pytest

from evaluation.data import writers
from evaluation.data.writers import write_bytes, write_lines


def test_lines(tmp_path):
    write_lines(tmp_path / "x.txt", ["one", "zwei: \u00e4"])
    assert (tmp_path / "x.txt").read_bytes() == b"one\nzwei: \xc3\xa4\n"


def test_the_old_file_stays_where_the_new_one_fails(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(writers.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_and_links_stay(tmp_path):
    path, link = tmp_path / "x", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_is_no_file_is_written_to():
    write_bytes(writers.Path(os.devnull), b"anything")
    assert not os.path.isfile(os.devnull)
