"""The functions, over the program of the wheel that is installed."""

from __future__ import annotations

import errno
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Callable

import acdeploy
import pytest
from acdeploy._binary import find_program
from acdeploy._files import whole, writing

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
TRAINED = str(EXAMPLES / "cifar_quick" / "acnet.onnx")
PLAIN = str(EXAMPLES / "cifar_quick" / "baseline.onnx")
FLOAT64 = ["--backend", "reference"]  # which needs no engine


def test_five_lines(tmp_path: pathlib.Path) -> None:
    out = tmp_path / "fused.onnx"
    fused = acdeploy.fuse(TRAINED, out=out, verify="algebra", flags=FLOAT64)
    same = acdeploy.verify(TRAINED, out, flags=FLOAT64)
    assert fused.verification and fused.verification.proof == "algebra"
    assert same.equal


def test_fuse_writes_a_file(tmp_path: pathlib.Path) -> None:
    out = tmp_path / "fused.onnx"
    fused = acdeploy.fuse(TRAINED, out=out, verify="algebra", flags=FLOAT64)
    assert fused.model is None
    assert fused.path == str(out)
    assert out.stat().st_size == fused.report["output"]["bytes"]
    assert fused.after["ops"]["Conv"] < fused.before["ops"]["Conv"]
    assert "BatchNormalization" not in fused.after["ops"]
    assert fused.verification
    assert fused.verification.proof == "algebra"
    assert fused.refusals == []


def test_fuse_in_memory() -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(TRAINED)
    before = model.SerializeToString()
    fused = acdeploy.fuse(model)
    assert isinstance(fused.model, onnx.ModelProto)
    onnx.checker.check_model(fused.model)
    assert fused.path is None
    assert fused.verification is None
    assert model.SerializeToString() == before, "the model that was given has changed"
    assert sum(n.op_type == "Conv" for n in fused.model.graph.node) == fused.after["ops"]["Conv"]
    assert acdeploy.verify(model, fused.model, flags=FLOAT64).equal


def test_fuse_of_a_path_returns_a_model() -> None:
    onnx = pytest.importorskip("onnx")
    assert isinstance(acdeploy.fuse(TRAINED).model, onnx.ModelProto)


def test_passes_are_chosen(tmp_path: pathlib.Path) -> None:
    only = acdeploy.fuse(TRAINED, out=tmp_path / "a.onnx", passes=["fold_batchnorm", "remove_unused"])
    assert [p["name"] for p in only.report["passes"]] == ["fold_batchnorm", "remove_unused"]
    assert only.after["ops"]["Conv"] == only.before["ops"]["Conv"]
    left = acdeploy.fuse(TRAINED, out=tmp_path / "b.onnx", disable=["fold_batchnorm", "fold_affine"])
    assert "fold_batchnorm" not in [p["name"] for p in left.report["passes"]]
    more = acdeploy.fuse(TRAINED, out=tmp_path / "c.onnx", enable=["equalize_channels"])
    assert "equalize_channels" in [p["name"] for p in more.report["passes"]]


def test_refusals_are_listed(tmp_path: pathlib.Path) -> None:
    fused = acdeploy.fuse(TRAINED, out=tmp_path / "f.onnx", passes=["fuse_branches"])
    for refusal in fused.refusals:
        assert refusal.pass_name == "fuse_branches"
        assert refusal.node
        assert refusal.reason
        assert refusal.detail
    assert len(fused.refusals) == len(fused.report["refusals"])


def test_other_answers_are_an_answer() -> None:
    found = acdeploy.verify(TRAINED, PLAIN, flags=FLOAT64)
    assert not found.equal
    assert not found
    assert found.report["schema"] == "acdeploy.verify/v1"


def test_inspect() -> None:
    found = acdeploy.inspect(TRAINED)
    assert found.ops["Conv"] > 0
    assert all(block["fused"] for block in found.blocks)
    assert found.blocks


def test_bench_without_an_engine() -> None:
    with pytest.raises(acdeploy.RuntimeMissing) as caught:
        acdeploy.bench(PLAIN, TRAINED, flags=["--ort-lib", "/absent.so"])
    assert caught.value.exit_code == 5


def test_bench() -> None:
    found = acdeploy.bench(PLAIN, PLAIN, duration="1s", backends=["reference"], flags=["--units", "2"])
    assert not found.passed, "two units are too few to say anything"
    assert found.exit_code in (4, 6)
    assert [c["verdict"] for c in found.comparisons] or found.report["schema"] == "acdeploy.bench/v1"


def test_bench_on_onnxruntime() -> None:
    try:
        found = acdeploy.bench(PLAIN, PLAIN, duration="1s", backends=["ort"], flags=["--units", "2"])
    except acdeploy.RuntimeMissing as e:
        if os.environ.get("RUNTIME_IS_THERE"):
            raise
        pytest.skip(str(e))
    assert found.report["arms"]


def test_onnxruntime_of_the_environment_is_used() -> None:
    capi = pytest.importorskip("onnxruntime.capi")
    if tuple(map(int, sys.modules["onnxruntime"].__version__.split(".")[:2])) < (1, 24):
        pytest.skip("this onnxruntime is older than acdeploy needs")
    doctor = subprocess.run([find_program(), "doctor"], capture_output=True, text=True, check=False)
    assert str(pathlib.Path(capi.__file__).parent) in doctor.stdout


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "torch.nn", None)
    with pytest.raises(acdeploy.RuntimeMissing, match=r"pip install 'acdeploy\[torch\]'") as caught:
        acdeploy.torch.export_and_fuse(None, None)  # type: ignore[arg-type]
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    ("kind", "code", "call"),
    [
        (acdeploy.Failed, 1, lambda: acdeploy.inspect("absent.onnx")),
        (acdeploy.UsageError, 2, lambda: acdeploy.fuse(TRAINED, out="x.onnx", passes=["no_such_pass"])),
        (acdeploy.UsageError, 2, lambda: acdeploy.verify(TRAINED, TRAINED, shapes={"nowhere": 3})),
        (acdeploy.UsageError, 2, lambda: acdeploy.inspect(3)),
        (acdeploy.UsageError, 2, lambda: acdeploy.fuse(TRAINED, out=TRAINED)),
    ],
)
def test_errors(kind: type[acdeploy.Error], code: int, call) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert isinstance(caught.value, acdeploy.Error)
    assert caught.value.exit_code == code
    assert str(caught.value)


def test_a_program_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acdeploy._run.find_program", lambda: os.devnull)
    with pytest.raises(acdeploy.Failed, match="cannot be started"):
        acdeploy.inspect(TRAINED)


def test_a_model_that_is_too_large() -> None:
    class Large:
        def SerializeToString(self) -> bytes:
            raise RuntimeError("Failed to serialize proto")

    with pytest.raises(acdeploy.UsageError, match="save it as a file"):
        acdeploy.inspect(Large())


# A program that needs half a second to remove its file when it is interrupted, and ends at once when it is interrupted again.
SLOW = """
import os, signal, sys, time
open(sys.argv[1], "w").close()
def ended(*_):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    time.sleep(0.5)
    os.remove(sys.argv[1])
    sys.exit(130)
signal.signal(signal.SIGINT, ended)
print("ready", file=open(sys.argv[1] + ".ready", "w"))
time.sleep(60)
"""

# A shell has what it starts in the background ignore interrupts, so the caller says that it does not.
CALLER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from acdeploy import _run
_run.find_program = lambda: sys.executable
_run.run([sys.argv[1], sys.argv[2]])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of processes that are interrupted like this")
@pytest.mark.parametrize("kill", [os.kill, getattr(os, "killpg", None)], ids=["the caller alone", "as a terminal does"])
def test_an_interrupt_leaves_nothing_behind(kill: Callable[[int, int], None], tmp_path: pathlib.Path) -> None:
    slow, file = tmp_path / "slow.py", tmp_path / "half-written"
    slow.write_text(SLOW)
    with subprocess.Popen([sys.executable, "-c", CALLER, slow, file], stderr=subprocess.PIPE, start_new_session=True) as caller:
        while not pathlib.Path(f"{file}.ready").exists() and caller.poll() is None:
            time.sleep(0.01)
        kill(caller.pid, signal.SIGINT)
        _, said = caller.communicate()
    assert b"KeyboardInterrupt" in said
    assert not file.exists(), "the program was not left to end in order"


def test_a_proof_that_is_too_weak(tmp_path: pathlib.Path) -> None:
    out = tmp_path / "f.onnx"
    with pytest.raises(acdeploy.UsageError):
        acdeploy.fuse(TRAINED, out=out, verify="certain")
    assert not out.exists()


def test_the_program_is_on_the_path() -> None:
    version = subprocess.run([find_program(), "version"], check=True, capture_output=True, text=True)
    assert version.stdout.startswith(f"acdeploy {acdeploy.__version__} ")


def test_no_place_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", os.path.join("absent", "folder"))
    with pytest.raises(acdeploy.Failed, match="could not be written: No such file or directory; the variable TMPDIR"):
        acdeploy.inspect(TRAINED)


def test_disk_is_full() -> None:
    with pytest.raises(acdeploy.Failed, match="^model.onnx could not be written: No space left on device$"):
        with writing("model.onnx"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_written_whole(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_text("an earlier one")
    with pytest.raises(RuntimeError):
        with whole(str(path)) as aside:
            pathlib.Path(aside).write_text("half")
            raise RuntimeError("interrupted")
    assert [f.name for f in tmp_path.iterdir()] == ["model.onnx"]
    assert path.read_text() == "an earlier one"
    with whole(str(path)) as aside:
        pathlib.Path(aside).write_text("model")
        pathlib.Path(aside + ".data").write_text("weights")
    assert {f.name: f.read_text() for f in tmp_path.iterdir()} == {"model.onnx": "model", "model.onnx.data": "weights"}
