"""acdeploy turns a trained ACNet back into its plain architecture, proven and measured.

This package is a thin layer over the program acdeploy, which the wheel brings along. It takes models as ONNX files or, where the
package onnx is installed, as ``onnx.ModelProto``::

    import acdeploy

    fused = acdeploy.fuse("acnet.onnx", out="fused.onnx", verify=True)
    print(fused.before["ops"]["Conv"], "->", fused.after["ops"]["Conv"])

Every exception is an :class:`acdeploy.Error`, whose ``exit_code`` is that of the program.
"""

from . import torch
from ._api import bench, fuse, inspect, verify
from ._errors import AnswersDiffer, Error, Failed, GateFailed, InvalidMeasurement, RuntimeMissing, UsageError
from ._results import Bench, Fused, Inspection, Refusal, Verification
from ._version import __version__

__all__ = [
    "AnswersDiffer",
    "Bench",
    "Error",
    "Failed",
    "Fused",
    "GateFailed",
    "Inspection",
    "InvalidMeasurement",
    "Refusal",
    "RuntimeMissing",
    "UsageError",
    "Verification",
    "__version__",
    "bench",
    "fuse",
    "inspect",
    "torch",
    "verify",
]
