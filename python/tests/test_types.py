"""The types of the package, as mypy sees them. Where PyTorch is installed, its types count, too."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

CALLER = """
import acdeploy

reveal_type(acdeploy.fuse("a.onnx").before)
reveal_type(acdeploy.verify("a.onnx", "b.onnx").equal)
reveal_type(acdeploy.Error("").exit_code)
"""


def test_types(tmp_path: pathlib.Path) -> None:
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    (tmp_path / "caller.py").write_text(CALLER)
    # Without a cache: mypy cannot write one of the types of PyTorch.
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "/dev/null", "--ignore-missing-imports", "-p", "acdeploy", "-m", "caller"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(tmp_path)})
    assert said.returncode == 0, said.stdout + said.stderr
    revealed = [line.partition("Revealed type is ")[2].strip('"').replace("builtins.", "") for line in said.stdout.splitlines() if "Revealed" in line]
    assert revealed == ["dict[str, Any]", "bool", "int"], said.stdout
