"""Exports a module of PyTorch without a trace left in it."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Iterator

from ._errors import Error, Failed, RuntimeMissing, UsageError

if TYPE_CHECKING:
    import torch

# What export_and_fuse decides, and torch.onnx.export is not to be told otherwise.
DECIDED = ("model", "args", "kwargs", "f", "training", "export_params")


class Call:
    """The arguments of a call of a module."""

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args = args
        self.kwargs = kwargs

    @classmethod
    def of(cls, module: torch.nn.Module, example: Any) -> Call:
        """Return the call of a module that an example stands for: a tensor, a tuple of arguments, or a dict of keyword arguments."""
        if isinstance(example, Mapping):
            return cls((), _in_order(module, dict(example)))
        return cls(tuple(example) if isinstance(example, (tuple, list)) else (example,), {})

    def run(self, module: torch.nn.Module) -> list[torch.Tensor]:
        """Return the outputs of the module, in the order in which an exporter writes them.

        Raises:
            UsageError: the module does not take these inputs, or returns something else than tensors.
        """
        try:
            found = module(*self.args, **self.kwargs)
        except Exception as e:
            raise UsageError(f"the module does not take the example inputs: {first_line(e)}") from e
        return tensors(found, "the module returns")

    def tensors(self) -> list[torch.Tensor]:
        """Return the tensors among the arguments, in the order in which an exporter makes inputs of them."""
        return tensors([*self.args, *self.kwargs.values()], "the example inputs hold")

    def names(self, module: torch.nn.Module) -> list[str] | None:
        """Return what the parameters of forward call the tensors; None where an argument is more than one tensor."""
        try:
            bound = inspect.signature(module.forward).bind(*self.args, **self.kwargs).arguments
        except (TypeError, ValueError):
            return None
        named = [name for name, value in bound.items() if hasattr(value, "detach")]
        return named if len(named) == len(self.tensors()) else None

    def replaced(self, by: list[torch.Tensor]) -> Call:
        """Return the call with other tensors in the places of its own."""
        rest = iter(by)
        args = tuple(_replaced(a, rest) for a in self.args)
        return Call(args, {name: _replaced(a, rest) for name, a in self.kwargs.items()})


def tensors(value: Any, of: str | None) -> list[torch.Tensor]:
    """Return the tensors in nested tuples, lists and dicts, from first to last. Numbers and None are none.

    Raises:
        UsageError: there is something else, and of says whose it is.
    """
    if hasattr(value, "detach"):
        return [value]
    if isinstance(value, Mapping):
        return [t for v in value.values() for t in tensors(v, of)]
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in tensors(v, of)]
    if of is None or value is None or isinstance(value, (bool, int, float, str)):
        return []
    raise UsageError(f"{of} a {type(value).__name__}, which is no tensor, tuple, list or dict")


def _in_order(module: torch.nn.Module, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments in the order of the parameters of forward, in which exporters make inputs of them."""
    try:
        known = inspect.signature(module.forward).bind(**kwargs).arguments
    except (TypeError, ValueError):
        return kwargs  # whoever calls the module says so
    return {name: kwargs[name] for name in [*known, *kwargs] if name in kwargs}


def _replaced(value: Any, by: Iterator[Any]) -> Any:
    if hasattr(value, "detach"):
        return next(by)
    if isinstance(value, Mapping):
        return {k: _replaced(v, by) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        made = [_replaced(v, by) for v in value]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    return value


def check_module(module: Any, dynamo: bool | None) -> None:
    """Raise an error where the module is none, or where a package is missing."""
    try:
        import torch.nn  # a folder of the name torch has none
    except ImportError as e:
        raise RuntimeMissing(f"PyTorch cannot be imported ({e}): pip install 'acdeploy[torch]'") from e
    if not isinstance(module, torch.nn.Module):
        raise UsageError(f"a module is a torch.nn.Module, not {type(module).__name__}")
    if any(torch.nn.parameter.is_lazy(t) for t in [*module.parameters(), *module.buffers()]):
        raise UsageError("the module has lazy parameters, whose sizes its first call decides: call it once before")
    needs = ["onnx"] if dynamo is False else ["onnx", "onnxscript"]
    missing = [name for name in needs if importlib.util.find_spec(name) is None]
    if missing:
        raise RuntimeMissing(f"the exporter of PyTorch needs {' and '.join(missing)}: pip install 'acdeploy[torch]'")


@contextlib.contextmanager
def evaluation(module: torch.nn.Module, call: Call) -> Iterator[None]:
    """Have a module in evaluation mode, and leave it and the arguments of its call as they were."""
    import torch

    flags = [(m, m.training) for m in module.modules()]
    buffers = [(m, dict(m._buffers.items())) for m in module.modules()]  # those that are None are buffers, too
    contents = [(t, t.detach().clone()) for t in [*module.buffers(), *tensors([call.args, call.kwargs], None)]]
    places = [t.device for t in [*module.parameters(), *module.buffers()]]
    gpus = sorted({p.index or 0 for p in places if p.type == "cuda"})
    with torch.random.fork_rng(gpus), torch.no_grad():
        try:
            for m, _ in flags:
                m.training = False  # eval() may be a method of the user's that merges weights
            yield
        finally:
            for m, flag in flags:
                m.training = flag
            for m, before in buffers:
                for name in [name for name, _ in m._buffers.items() if name not in before]:
                    delattr(m, name)
                for name, buffer in before.items():
                    if getattr(m, name, None) is not buffer:
                        setattr(m, name, buffer)
            for t, content in contents:
                if not torch.equal(t, content):
                    t.copy_(content)


def export(module: torch.nn.Module, call: Call, path: str, options: Mapping[str, Any], more: Mapping[str, Any]) -> None:
    """Write a module, which is in evaluation mode, as an ONNX file.

    Args:
        module: the module.
        call: the example.
        path: the file to write.
        options: those that have arguments of their own. What is None is the exporter's own.
        more: further options.

    Raises:
        UsageError: an option is not one of the exporter's, or not to be given.
        Failed: the export failed.
    """
    import torch

    given = {name: value for name, value in [*options.items(), *more.items()] if value is not None}
    for name in DECIDED:
        if name in given:
            raise UsageError(f"{name} is not an option of the export: export_and_fuse decides it")
    for name in options:
        if name in more:
            raise UsageError(f"{name} is not for export_options: export_and_fuse has an argument for it")
    try:
        with warnings.catch_warnings():
            # Told EVAL, the exporter of TorchScript would call train(), and fold batch norms in float32. It warns of being told PRESERVE.
            warnings.filterwarnings("ignore", "It is recommended that constant folding be turned off")
            preserve = torch.onnx.TrainingMode.PRESERVE
            torch.onnx.export(module, call.args, path, kwargs=call.kwargs or None, training=preserve, **{"verbose": False, **given})
    except Error:
        raise
    except TypeError as e:
        if "unexpected keyword argument" in str(e):
            raise UsageError(f"torch.onnx.export of PyTorch {torch.__version__} does not know an option: {first_line(e)}") from e
        raise Failed(f"PyTorch could not export the module: {first_line(e)}") from e
    except Exception as e:
        raise Failed(f"PyTorch could not export the module: {first_line(e)}") from e


def first_line(e: BaseException) -> str:
    """Return what an error says, on one line."""
    said = [line.strip() for line in str(e).splitlines() if line.strip()]
    return said[0] if said else type(e).__name__
