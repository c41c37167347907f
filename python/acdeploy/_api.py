"""The functions of the package."""

from __future__ import annotations

import os
from typing import Iterable, Mapping, Sequence

from ._files import scratch
from ._models import Model, path_of, read
from ._results import Bench, Fused, Inspection, Verification
from ._run import run


def fuse(
    model: Model,
    *,
    out: str | os.PathLike[str] | None = None,
    passes: Sequence[str] | None = None,
    disable: Sequence[str] = (),
    enable: Sequence[str] = (),
    verify: bool | str = False,
    data: str | os.PathLike[str] | None = None,
    shapes: Mapping[str, int] | None = None,
    flags: Iterable[str] = (),
) -> Fused:
    """Fold the batch norms of a model and fuse its branches.

    Args:
        model: an ``onnx.ModelProto``, or the path of an ONNX file. A model of more than 2 GB has to be a file.
        out: the file to write. Without it the fused model is returned, which for a path needs the package onnx.
        passes: names of the passes to run, in this order, instead of the default ones.
        disable: names of passes to leave out.
        enable: names of passes to run after the others.
        verify: whether to prove that the answers are the same; "algebra" or "partial" demands such a proof. What fails is not written
            under the name out.
        data: an .npz file or a folder with samples to compare the answers over; without it inputs are generated.
        shapes: sizes of open dimensions by name, such as {"height": 224}. The batch needs none.
        flags: further flags of ``acdeploy fuse``.

    Raises:
        UsageError: an argument is wrong.
        AnswersDiffer: with verify, the answers differ.
        GateFailed: with verify="algebra" or "partial", the proof is weaker.
        Failed: the model cannot be read or the result cannot be written.
    """
    with scratch() as folder:
        target = os.fspath(out) if out is not None else os.path.join(folder, "fused.onnx")
        arguments = ["fuse", path_of(model, folder, "model.onnx"), "-o", target]
        if passes is not None:
            arguments += ["--passes", "[" + ", ".join(passes) + "]"]
        arguments += _listed("--disable", disable) + _listed("--enable", enable)
        if verify:
            arguments.append("--verify")
        if isinstance(verify, str):
            arguments += ["--require-proof", verify]
        arguments += _common(data, shapes, flags)
        report, _ = run(arguments)
        if out is not None:
            return Fused(None, target, report)
        return Fused(read(target, model), None, report)


def verify(
    a: Model,
    b: Model,
    *,
    data: str | os.PathLike[str] | None = None,
    shapes: Mapping[str, int] | None = None,
    flags: Iterable[str] = (),
) -> Verification:
    """Decide whether two models give the same answers. That they do not is an answer, and no exception.

    Args:
        a: the model as trained: an ``onnx.ModelProto`` or the path of an ONNX file.
        b: the model that should give the same answers.
        data: an .npz file or a folder with samples to compare the answers over; without it inputs are generated.
        shapes: sizes of open dimensions by name.
        flags: further flags of ``acdeploy verify``.

    Raises:
        UsageError: an argument is wrong, or an open dimension has no size.
        Failed: a model cannot be read, or the inputs of the two differ.
    """
    with scratch() as folder:
        arguments = ["verify", path_of(a, folder, "a.onnx"), path_of(b, folder, "b.onnx"), *_common(data, shapes, flags)]
        report, _ = run(arguments, answers=(0, 3))
        return Verification(report)


def bench(
    baseline: Model,
    candidate: Model,
    *,
    as_trained: Model | None = None,
    duration: str | None = None,
    batch: Sequence[int] = (),
    backends: Sequence[str] = (),
    data: str | os.PathLike[str] | None = None,
    shapes: Mapping[str, int] | None = None,
    flags: Iterable[str] = (),
) -> Bench:
    """Measure whether a candidate is as fast as a baseline. That it is not is an answer, and no exception.

    Args:
        baseline: the plain network: an ``onnx.ModelProto`` or the path of an ONNX file. Its weights do not matter.
        candidate: the fused model.
        as_trained: the model with its branches; it is shown, not judged.
        duration: how long a comparison takes, such as "30s".
        batch: batch sizes, where the models leave their batch open.
        backends: engines, such as "ort"; default is ONNX Runtime on the CPU.
        data: samples to measure with.
        shapes: sizes of open dimensions by name.
        flags: further flags of ``acdeploy bench``.

    Raises:
        RuntimeMissing: no engine could run; install onnxruntime.
        UsageError: an argument is wrong, or an open dimension has no size.
        Failed: a model cannot be read.
    """
    with scratch() as folder:
        arguments = ["bench", path_of(baseline, folder, "baseline.onnx"), path_of(candidate, folder, "candidate.onnx")]
        if as_trained is not None:
            arguments += ["--as-trained", path_of(as_trained, folder, "as-trained.onnx")]
        if duration is not None:
            arguments += ["--duration", duration]
        arguments += _listed("--batch", [str(b) for b in batch]) + _listed("--backend", backends) + _common(data, shapes, flags)
        report, code = run(arguments, answers=(0, 3, 4, 6))
        return Bench(report, code)


def inspect(model: Model, *, flags: Iterable[str] = ()) -> Inspection:
    """Say what is in a model, and what fusing would change.

    Args:
        model: an ``onnx.ModelProto`` or the path of an ONNX file.
        flags: further flags of ``acdeploy inspect``.

    Raises:
        Failed: the model cannot be read.
    """
    with scratch() as folder:
        report, _ = run(["inspect", path_of(model, folder, "model.onnx"), *flags])
        return Inspection(report)


def _listed(flag: str, words: Sequence[str]) -> list[str]:
    return [flag, ",".join(words)] if words else []


def _common(data: str | os.PathLike[str] | None, shapes: Mapping[str, int] | None, flags: Iterable[str]) -> list[str]:
    """Return the flags that several commands have."""
    arguments = ["--data", os.fspath(data)] if data is not None else []
    for name, size in (shapes or {}).items():
        arguments += ["--shape", f"{name}={size}"]
    return arguments + list(flags)
