"""Builds the wheels: the program for each platform, the Python package around it, and a RECORD.

    python3 python/wheels.py --out dist --zig PYTHON [--only linux-amd64]
    python3 python/wheels.py --out dist --native

A wheel is a zip file. This one is the same, byte for byte, for the same source, Go, zig and Python, whose zlib compresses it. PYTHON
is one that has the package ziglang, which is the C compiler for all platforms but macOS. --native is for this machine only, with its own C
compiler: to test with, not to publish.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import hashlib
import os
import pathlib
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
NATIVE = "native"
DATE = (2020, 1, 1, 0, 0, 0)  # of every file in a wheel


@dataclasses.dataclass(frozen=True)
class Platform:
    """A platform as Go, zig and pip name it."""

    os: str
    arch: str
    tag: str
    zig: str | None  # target; None for a build without cgo, NATIVE for the C compiler of this machine

    @property
    def name(self) -> str:
        return f"{self.os}-{self.arch}"


# glibc 2.17 is what manylinux2014 promises. There is no SDK for macOS outside of macOS, so its wheels are built without cgo.
PLATFORMS = [
    Platform("linux", "amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64", "x86_64-linux-gnu.2.17"),
    Platform("linux", "arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64", "aarch64-linux-gnu.2.17"),
    Platform("darwin", "arm64", "macosx_12_0_arm64", None),
    Platform("darwin", "amd64", "macosx_12_0_x86_64", None),
    Platform("windows", "amd64", "win_amd64", "x86_64-windows-gnu"),
]

METADATA = """Metadata-Version: 2.4
Name: acdeploy
Version: {version}
Summary: Turns a trained ACNet (or RepVGG, MobileOne, DBB …) in ONNX back into its plain architecture, proven and measured
Keywords: onnx, acnet, repvgg, re-parameterization, deployment, latency
License-Expression: {licence}
License-File: LICENSE
Requires-Python: >=3.9
Provides-Extra: runtime
Requires-Dist: onnxruntime>=1.24; extra == "runtime" and python_version >= "3.11" and (sys_platform != "darwin" or platform_machine != "x86_64")
Provides-Extra: onnx
Requires-Dist: onnx; extra == "onnx"
Provides-Extra: torch
Requires-Dist: torch; extra == "torch"
Requires-Dist: onnx; extra == "torch"
Requires-Dist: onnxscript; extra == "torch"
Requires-Dist: numpy; extra == "torch"
Description-Content-Type: text/markdown

{readme}"""


def native() -> Platform:
    """Return the platform of this machine, whose C library any program built here may need."""
    name, arch = subprocess.run(["go", "env", "GOOS", "GOARCH"], check=True, capture_output=True, text=True).stdout.split()
    return Platform(name, arch, sysconfig.get_platform().replace("-", "_").replace(".", "_"), NATIVE)


def build(platform: Platform, zig: str | None, version: str, folder: pathlib.Path) -> pathlib.Path:
    """Build the program for a platform."""
    program = folder / ("acdeploy.exe" if platform.os == "windows" else "acdeploy")
    env = {**os.environ, "GOOS": platform.os, "GOARCH": platform.arch}
    if platform.zig != NATIVE:
        env.update(CGO_ENABLED="0", GOFLAGS="-trimpath")
    if platform.zig not in (NATIVE, None):
        if not zig:
            raise SystemExit(f"{platform.name} needs zig: pip install ziglang, and name that Python with --zig")
        env.update(CGO_ENABLED="1", CC=f"{zig} -m ziglang cc -target {platform.zig}")
    linker = f"-s -w -X github.com/acdeploy/acdeploy/internal/host.released={version}"
    subprocess.run(["go", "build", "-buildvcs=auto", "-ldflags", linker, "-o", str(program), "./cmd/acdeploy"], cwd=ROOT, env=env, check=True)
    return program


class Wheel:
    """A wheel that is being written."""

    def __init__(self, path: pathlib.Path, info: str) -> None:
        self.file = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9)
        self.info = info
        self.record: list[str] = []

    def add(self, name: str, data: bytes, mode: int = 0o644) -> None:
        entry = zipfile.ZipInfo(name, DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o100000 | mode) << 16
        entry.create_system = 3  # so that the mode counts
        self.file.writestr(entry, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(data)}\n")

    def close(self) -> None:
        self.record.append(f"{self.info}/RECORD,,\n")
        text = "".join(self.record)
        self.add(f"{self.info}/RECORD", text.encode())
        self.file.close()


def pack(platform: Platform, program: pathlib.Path, version: str, out: pathlib.Path) -> pathlib.Path:
    """Write the wheel of a platform."""
    info = f"acdeploy-{version}.dist-info"
    path = out / f"acdeploy-{version}-py3-none-{platform.tag}.whl"
    wheel = Wheel(path, info)
    for source in sorted((HERE / "acdeploy").rglob("*")):
        if source.suffix == ".py" or source.name == "py.typed":
            data = source.read_bytes()
            if source.name == "_version.py":
                data = data.replace(b'"0.0.0"', f'"{version}"'.encode())
            wheel.add(f"acdeploy/{source.relative_to(HERE / 'acdeploy').as_posix()}", data)
    wheel.add(f"acdeploy-{version}.data/scripts/{program.name}", program.read_bytes(), 0o755)
    wheel.add(f"{info}/METADATA", METADATA.format(version=version, licence=licence(), readme=(HERE / "README.md").read_text("utf-8")).encode())
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in platform.tag.split("."))
    wheel.add(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: acdeploy\nRoot-Is-Purelib: false\n{tags}".encode())
    wheel.add(f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes())
    wheel.close()
    return path


def licence() -> str:
    """Return the SPDX name of the licence by its first line."""
    first = (ROOT / "LICENSE").read_text("utf-8").lstrip().splitlines()[0].strip()
    return {"MIT License": "MIT", "Apache License": "Apache-2.0"}[first]


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the wheels.")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "dist")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--zig", help="Python that has the package ziglang")
    parser.add_argument("--native", action="store_true", help="only for this machine, with its C compiler")
    parser.add_argument("--only", action="append", choices=[p.name for p in PLATFORMS], help="platform; default all")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    platforms = [native()] if options.native else [p for p in PLATFORMS if not options.only or p.name in options.only]
    for platform in platforms:
        with tempfile.TemporaryDirectory() as folder:
            program = build(platform, options.zig, options.version, pathlib.Path(folder))
            path = pack(platform, program, options.version, options.out)
        note = "" if platform.zig else ", built without cgo"
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB{note}", file=sys.stderr)


if __name__ == "__main__":
    main()
