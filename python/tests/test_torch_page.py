"""Follows docs/torch.md from top to bottom, in an empty folder. It runs where PyTorch is: make torch-test."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import acdeploy
from acdeploy._binary import find_program
from committed import FOLDER, SHAPES, export
from networks import PLAIN, ACBlock, network

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "torch.md"

# A measurement that shows nothing, but soon, and where no engine has to be.
QUICK = {
    "ACDEPLOY_BENCH_BACKENDS": "[reference]",
    "ACDEPLOY_BENCH_DURATION": "1s",
    "ACDEPLOY_BENCH_UNITS": "2",
    "ACDEPLOY_GATES_LATENCY_REQUIRE": "nothing",
}


def snippets() -> list[tuple[str, str]]:
    return re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


def test_the_page(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", os.path.dirname(find_program()), prepend=os.pathsep)
    known: dict[str, Any] = {
        "module": network(ACBlock),
        "plain": network(PLAIN[ACBlock]),
        "dataset": [(torch.randn(3, 32, 32), k % 10) for k in range(8)],
    }
    ran = 0
    for language, text in snippets():
        if language == "python":
            exec(text, known)
        elif not text.startswith("pip install"):
            said = subprocess.run(["bash", "-euc", text], capture_output=True, text=True, check=False)
            assert said.returncode == 0, f"{text}\n{said.stdout}\n{said.stderr}"
        ran += 1
    assert ran > 10
    fused = known["fused"]
    assert fused.verification.proof == "algebra"
    assert fused.refusals == []
    assert fused.after["ops"]["Conv"] == 3
    assert acdeploy.inspect("acnet-older.onnx").ops["Conv"] == 9
    for name in ("acnet.onnx", "baseline.onnx"):
        model = pytest.importorskip("onnx").load(name)
        sizes = [d.dim_param for d in model.graph.input[0].type.tensor_type.shape.dim]
        assert sizes == ["batch", "", "height", "width"]


@pytest.mark.parametrize(
    ("dynamo", "options", "says"),
    [
        (False, {"training": torch.onnx.TrainingMode.TRAINING}, "training_mode"),
        (False, {"keep_initializers_as_inputs": True}, "graph_input"),
        (True, {"keep_initializers_as_inputs": True}, "graph_input"),
        (False, {"export_params": False}, "graph_input"),
        (False, {"do_constant_folding": False}, ""),
        (True, {"optimize": False}, ""),
    ],
)
def test_what_spoils_folding(dynamo: bool, options: dict[str, Any], says: str, tmp_path: pathlib.Path) -> None:
    model = tmp_path / "model.onnx"
    torch.onnx.export(network(ACBlock).eval(), (torch.randn(2, 3, 32, 32),), model, dynamo=dynamo, **options)
    fused = acdeploy.fuse(model, out=tmp_path / "fused.onnx")
    assert {r.reason for r in fused.refusals} == ({says} if says else set())
    assert fused.after["ops"]["Conv"] == (9 if says else 3)
    assert "BatchNormalization" not in fused.after["ops"] or says == "training_mode"
    for cell in (*options, says or "nothing: acdeploy folds"):
        assert cell in PAGE.read_text("utf-8")


def test_weights_that_are_nowhere(tmp_path: pathlib.Path) -> None:
    torch.onnx.export(network(ACBlock).eval(), (torch.randn(2, 3, 32, 32),), tmp_path / "model.onnx", dynamo=True, export_params=False)
    with pytest.raises(acdeploy.Failed, match="no node produces this value"):
        acdeploy.inspect(tmp_path / "model.onnx")


@pytest.mark.parametrize("dynamo", [True, False])
def test_a_module_in_training_mode_is_exported_in_evaluation_mode(dynamo: bool, tmp_path: pathlib.Path) -> None:
    example = (torch.randn(2, 3, 32, 32),)
    torch.onnx.export(network(ACBlock), example, tmp_path / "train.onnx", dynamo=dynamo)
    torch.onnx.export(network(ACBlock).eval(), example, tmp_path / "eval.onnx", dynamo=dynamo)
    assert acdeploy.verify(tmp_path / "eval.onnx", tmp_path / "train.onnx", flags=["--backend", "reference"]).equal


def test_who_folds_batch_norms(tmp_path: pathlib.Path) -> None:
    preserve = {"training": torch.onnx.TrainingMode.PRESERVE}
    for dynamo, options, left in [(True, {}, 0), (False, {}, 0), (True, {"optimize": False}, 9), (False, preserve, 9)]:
        torch.onnx.export(network(ACBlock).eval(), (torch.randn(2, 3, 32, 32),), tmp_path / "m.onnx", dynamo=dynamo, **options)
        assert acdeploy.inspect(tmp_path / "m.onnx").ops.get("BatchNormalization", 0) == left


@pytest.mark.parametrize("name", SHAPES)
def test_the_committed_models_are_what_is_exported(name: str, tmp_path: pathlib.Path) -> None:
    export(name, tmp_path / name)
    assert acdeploy.inspect(tmp_path / name).report["graph"] == acdeploy.inspect(FOLDER / name).report["graph"], "python/tests/committed.py writes them anew"
