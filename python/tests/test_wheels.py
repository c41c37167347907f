"""The wheels that the script writes, read by the standard library alone."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import pathlib
import sys
import zipfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import wheels


@pytest.mark.parametrize("platform", wheels.PLATFORMS, ids=lambda p: p.name)
def test_wheel(platform: wheels.Platform, tmp_path: pathlib.Path) -> None:
    program = tmp_path / ("acdeploy.exe" if platform.os == "windows" else "acdeploy")
    program.write_bytes(b"a program")
    path = wheels.pack(platform, program, "1.2.3", tmp_path)
    again = wheels.pack(platform, program, "1.2.3", tmp_path / "..")
    assert path.read_bytes() == again.read_bytes(), "two builds differ"
    again.unlink()
    wheel = zipfile.ZipFile(path)
    names = wheel.namelist()
    rows = list(csv.reader(io.StringIO(wheel.read("acdeploy-1.2.3.dist-info/RECORD").decode())))
    assert [row[0] for row in rows] == names
    for name, digest, size in rows[:-1]:
        data = wheel.read(name)
        assert len(data) == int(size)
        assert digest == "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    script = wheel.getinfo(f"acdeploy-1.2.3.data/scripts/{program.name}")
    assert script.external_attr >> 16 & 0o111, "the program cannot be executed"
    assert "acdeploy/py.typed" in names
    assert b'__version__ = "1.2.3"' in wheel.read("acdeploy/_version.py")
    tags = [line for line in wheel.read("acdeploy-1.2.3.dist-info/WHEEL").decode().splitlines() if line.startswith("Tag: ")]
    assert [f"Tag: py3-none-{tag}" for tag in platform.tag.split(".")] == tags
    metadata = wheel.read("acdeploy-1.2.3.dist-info/METADATA").decode()
    assert "Version: 1.2.3\n" in metadata
    assert "License-Expression: Apache-2.0\n" in metadata


def test_what_needs_zig_says_so(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SystemExit, match="pip install ziglang"):
        wheels.build(wheels.PLATFORMS[0], None, "1.2.3", tmp_path)
