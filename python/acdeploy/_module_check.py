"""Compares the answers of a file with those of a module of PyTorch."""

from __future__ import annotations

import dataclasses
import os
import zipfile
from typing import TYPE_CHECKING, Any, Callable

from ._errors import AnswersDiffer, Failed, UsageError
from ._export import Call, first_line
from ._files import writing

if TYPE_CHECKING:
    import numpy
    import torch

    Arrays = dict[str, numpy.ndarray[Any, Any]]


@dataclasses.dataclass(frozen=True)
class ModuleCheck:
    """How far the answers of a file are from those of the module.

    Attributes:
        engine: what ran the file: "onnxruntime 1.24.1", or "onnx.reference 1.20.0" where that is not installed.
        samples: how many inputs were compared.
        max_rel: by the name of each output, the largest difference relative to the output's largest magnitude.
        tolerance: what it may be.
    """

    engine: str
    samples: int
    max_rel: dict[str, float]
    tolerance: float


class Answers:
    """What a module answers to a few inputs."""

    def __init__(self, module: torch.nn.Module, call: Call, path: str, samples: int, seed: int) -> None:
        """Run the module on the example and on inputs like it.

        Args:
            module: the module, in evaluation mode.
            call: the example.
            path: the exported file, whose inputs get names and whose batch may be open.
            samples: how many inputs. One more has another batch where the file leaves that open.
            seed: decides the inputs.
        """
        import numpy
        import torch

        examples = call.tensors()
        for t in examples:
            _array(t)  # before anything runs
        names, batch_is_open = _inputs(path, call.names(module), len(examples))
        draw = numpy.random.default_rng(seed)
        calls = [call] + [call.replaced([_like(t, draw, t.shape) for t in examples]) for _ in range(samples - 1)]
        if batch_is_open and len({t.shape[0] for t in examples}) == 1:
            calls.append(call.replaced([_like(t, draw, torch.Size([t.shape[0] + 1, *t.shape[1:]])) for t in examples]))
        self.feeds: list[Arrays] = [dict(zip(names, map(_array, c.tensors()))) for c in calls]
        self.expected = [[_array(t) for t in c.run(module)] for c in calls]

    def save(self, folder: str) -> str:
        """Write the inputs as acdeploy reads them: an .npz file for each run."""
        from numpy.lib import format

        os.makedirs(folder)
        for k, feed in enumerate(self.feeds):
            path = os.path.join(folder, f"{k:04d}.npz")
            with writing(path), zipfile.ZipFile(path, "w") as archive:  # savez keeps some names to itself
                for name, array in feed.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as f:
                        format.write_array(f, array, allow_pickle=False)
        return folder

    def compare(self, what: str, path: str, tolerance: float) -> ModuleCheck:
        """Run a file on the inputs.

        Raises:
            AnswersDiffer: an output is further from the module's than the tolerance.
            Failed: the file cannot be run.
        """
        engine, names, run = _session(path)
        found: dict[str, float] = {}
        for k, (feed, expected) in enumerate(zip(self.feeds, self.expected)):
            try:
                outputs = run(feed)
            except Exception as e:
                raise Failed(f"{engine} could not run {what}: {first_line(e)}") from e
            if len(outputs) != len(expected):
                raise AnswersDiffer(f"{what} has {len(outputs)} outputs, the module returns {len(expected)} tensors")
            for name, got, want in zip(names, outputs, expected):
                if got.shape != want.shape:
                    raise AnswersDiffer(f"output {name} of {what} has the shape {got.shape}, the module's has {want.shape} (input {k + 1} of {len(self.feeds)})")
                apart = _apart(got, want)
                if not apart <= tolerance:
                    raise AnswersDiffer(
                        f"output {name} of {what} is {apart:.2g} from the module's, relative to its largest magnitude; at most {tolerance:.2g} is allowed"
                        f" (input {k + 1} of {len(self.feeds)}, {engine})"
                    )
                found[name] = max(found.get(name, 0.0), apart)
        return ModuleCheck(engine, len(self.feeds), found, tolerance)


def _inputs(path: str, named: list[str] | None, count: int) -> tuple[list[str], bool]:
    """Return the names of a file's inputs in the order of the example's tensors, and whether the batch is open."""
    import onnx

    graph = onnx.load(path, load_external_data=False).graph
    weights = {w.name for w in graph.initializer}
    inputs = [i for i in graph.input if i.name not in weights]
    names = [i.name for i in inputs]
    if named is not None and set(names) == set(named):
        names = named
    elif len(names) != count:
        raise UsageError(
            f"the exported file has the inputs {', '.join(names) or 'none'}, and the example inputs hold {count} tensors, one of which the module may not use;"
            " leave it out, or compare nothing with verify=False"
        )
    first = [i.type.tensor_type.shape.dim[0] if i.type.tensor_type.shape.dim else None for i in inputs]
    return names, bool(first) and all(d is not None and not d.HasField("dim_value") for d in first)


def _like(t: torch.Tensor, draw: numpy.random.Generator, shape: torch.Size) -> torch.Tensor:
    """Return a tensor of the numbers of another one, drawn anew. Where they are all the same floating-point number, it is noise."""
    import torch

    array = _array(t)
    if array.size == 0:
        return t.new_zeros(shape)
    if t.is_floating_point() and (array == array.flat[0]).all():
        made = draw.normal(size=tuple(shape))
    else:
        made = draw.choice(array.reshape(-1), size=tuple(shape))
    return torch.as_tensor(made, device=t.device).to(t.dtype)


def _array(t: torch.Tensor) -> numpy.ndarray[Any, Any]:
    """Return a tensor as an array of its own, as a module may change what it takes and gives.

    Raises:
        UsageError: NumPy has no such type.
    """
    try:
        array: numpy.ndarray[Any, Any] = t.detach().cpu().resolve_conj().numpy().copy()
    except (TypeError, RuntimeError) as e:
        raise UsageError(f"a tensor of {t.dtype} cannot be compared ({first_line(e)}); compare nothing with verify=False") from e
    return array


def _apart(got: numpy.ndarray[Any, Any], want: numpy.ndarray[Any, Any]) -> float:
    """Return the largest difference relative to the largest magnitude; infinity where what is not finite differs."""
    import numpy

    if want.dtype.kind not in "fc":
        return 0.0 if numpy.array_equal(got, want) else float("inf")
    if want.size == 0:
        return 0.0
    wide = "complex128" if want.dtype.kind == "c" else "float64"
    got, want = got.astype(wide), want.astype(wide)
    finite = numpy.isfinite(want)
    if not numpy.array_equal(got[~finite], want[~finite], equal_nan=True):
        return float("inf")
    got, want = got[finite], want[finite]
    if want.size == 0:
        return 0.0
    largest = float(numpy.abs(want).max())
    apart = float(numpy.abs(got - want).max())
    return apart / largest if largest else (0.0 if apart == 0 else float("inf"))


def _session(path: str) -> tuple[str, list[str], Callable[[Arrays], Any]]:
    """Open a file in onnxruntime or, where that is not installed, in the evaluator of onnx. Return the engine, the outputs, and what runs."""
    try:
        import onnxruntime  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        import onnx
        from onnx.reference import ReferenceEvaluator

        try:
            evaluator = ReferenceEvaluator(path)
        except Exception as e:
            raise Failed(f"onnx.reference {onnx.__version__} cannot load the model: {first_line(e)}") from e
        return f"onnx.reference {onnx.__version__}", list(evaluator.output_names), lambda feed: evaluator.run(None, feed)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # warnings are about speed
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as e:
        raise Failed(f"onnxruntime {onnxruntime.__version__} cannot load the model: {first_line(e)}") from e
    return f"onnxruntime {onnxruntime.__version__}", [o.name for o in session.get_outputs()], lambda feed: session.run(None, feed)
