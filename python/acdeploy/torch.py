"""Exports a module of PyTorch, fuses it, and compares the result with the module itself, in one call::

    import acdeploy

    fused = acdeploy.torch.export_and_fuse(module, torch.randn(1, 3, 224, 224), out="fused.onnx")

PyTorch is imported when a function is called, not before: ``pip install 'acdeploy[torch]'`` brings what is needed.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ._api import fuse
from ._errors import Failed, UsageError
from ._export import Call, check_module, evaluation, export
from ._files import scratch, whole
from ._models import read
from ._module_check import Answers, ModuleCheck
from ._results import Fused

if TYPE_CHECKING:
    import torch

__all__ = ["FusedModule", "ModuleCheck", "export_and_fuse"]

# A model that is larger gets its weights in a file beside it: one message of protobuf holds no more.
INLINE_LIMIT = 2_000_000_000


@dataclasses.dataclass(frozen=True)
class FusedModule(Fused):
    """The result of :func:`export_and_fuse`.

    Attributes:
        module_check: how far the answers of the fused model are from those of the module; None without a check.
    """

    module_check: ModuleCheck | None = None


def export_and_fuse(
    module: torch.nn.Module,
    example_inputs: Any,
    *,
    out: str | os.PathLike[str] | None = None,
    exported: str | os.PathLike[str] | None = None,
    dynamo: bool | None = None,
    opset: int | None = None,
    dynamic_shapes: Any = None,
    dynamic_axes: Any = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    export_options: Mapping[str, Any] | None = None,
    passes: Sequence[str] | None = None,
    disable: Sequence[str] = (),
    enable: Sequence[str] = (),
    verify: bool | str = True,
    samples: int = 3,
    seed: int = 1,
    tolerance: float = 1e-4,
    flags: Sequence[str] = (),
) -> FusedModule:
    """Export a module in evaluation mode, fuse it, and compare the result with the module's own outputs.

    The module and the example stay as they were: the flag ``training`` of every submodule, buffers, gradients, the device, and the state of
    PyTorch's random numbers. Its methods ``train`` and ``eval`` are not called.

    Args:
        module: the trained network.
        example_inputs: what ``forward`` takes, on the module's device: a tensor, a tuple of arguments, or a dict of keyword arguments. The
            first dimension is the batch where ``dynamic_shapes`` or ``dynamic_axes`` leave it open.
        out: the file to write. Without it the fused model is returned.
        exported: a file to write the exported model to, unfused, such as for ``acdeploy.bench(..., as_trained=exported)``. It is there as
            soon as the export is done, also where what follows fails.
        dynamo: which exporter: True for that of ``torch.export``, False for that of TorchScript, None for PyTorch's default.
        opset: the version of the operators; None for the exporter's default.
        dynamic_shapes: open dimensions as ``torch.onnx.export(dynamo=True)`` takes them.
        dynamic_axes: open dimensions as ``torch.onnx.export(dynamo=False)`` takes them, such as {"x": {0: "batch"}}.
        input_names: names for the inputs of the file.
        output_names: names for the outputs of the file.
        export_options: further arguments of ``torch.onnx.export``.
        passes: names of the passes to run, in this order, instead of the default ones.
        disable: names of passes to leave out.
        enable: names of passes to run after the others.
        verify: whether to prove that the fused model is the exported one, and to compare both with the module; "algebra" or "partial"
            demands such a proof.
        samples: how many inputs to compare over: the example, and others of its shapes made of its numbers. Where the batch is open, one
            more has another batch.
        seed: decides the other inputs.
        tolerance: how far an output may be from the module's, relative to its largest magnitude.
        flags: further flags of ``acdeploy fuse``.

    Returns:
        The fused model or its path, the report, and how far its answers are from the module's.

    Raises:
        RuntimeMissing: PyTorch, or a package that its exporter needs, is not installed.
        UsageError: an argument is wrong, or the module does not take the inputs.
        AnswersDiffer: the exported or the fused model answers otherwise than the module. Nothing is written to ``out``.
        GateFailed: with verify="algebra" or "partial", the proof is weaker.
        Failed: the export failed, or a file cannot be written.
    """
    check_module(module, dynamo)
    call = Call.of(module, example_inputs)
    if verify and samples < 1:
        raise UsageError(f"samples is at least 1, not {samples}")
    if out is not None and exported is not None and os.path.realpath(out) == os.path.realpath(exported):
        raise UsageError(f"out and exported are the same file, {os.fspath(out)}; give two names")
    with scratch() as folder, evaluation(module, call):
        made = os.fspath(exported) if exported is not None else os.path.join(folder, "exported.onnx")
        call.run(module)  # what it does not take is no fault of the exporter
        options = {
            "dynamo": dynamo,
            "opset_version": opset,
            "dynamic_shapes": dynamic_shapes,
            "dynamic_axes": dynamic_axes,
            "input_names": input_names,
            "output_names": output_names,
        }
        with whole(made) as path:
            export(module, call, path, options, export_options or {})

        def fuse_to(path: str, **how: Any) -> dict[str, Any]:
            return fuse(made, out=path, passes=passes, disable=disable, enable=enable, flags=[*_weights(module, flags), *flags], **how).report

        aside = os.path.join(folder, "fused")  # where no name is taken
        os.mkdir(aside)
        fused = os.path.join(aside, os.path.basename(os.fspath(out)) if out is not None else "fused.onnx")
        if verify:
            answers = Answers(module, call, made, samples, seed)
            answers.compare("the exported model", made, tolerance)
            report = fuse_to(fused, verify=verify, data=answers.save(os.path.join(folder, "inputs")))
            check = answers.compare("the fused model", fused, tolerance)
        else:
            report, check = fuse_to(fused), None
        if out is None:
            return FusedModule(read(fused, made), None, report, check)
        written = fuse_to(os.fspath(out))["output"]  # the same bytes, under their name only now
        if written["sha256"] != report["output"]["sha256"]:
            raise Failed(f"{made} changed meanwhile, so {written['path']} is not what was compared")
        report["output"] = written
        if check:
            report["verify"]["after"]["path"] = written["path"]
        return FusedModule(None, os.fspath(out), report, check)


def _weights(module: torch.nn.Module, flags: Sequence[str]) -> list[str]:
    """Return the flag that keeps all in one file, where that holds it and nothing else is asked for."""
    size = sum(t.numel() * t.element_size() for t in [*module.parameters(), *module.buffers()])
    return [] if size > INLINE_LIMIT or any(f.partition("=")[0] in ("--external", "--shard", "--inline") for f in flags) else ["--inline"]
