"""Models as the program takes them: files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Union

from ._errors import Failed, UsageError
from ._files import writing

if TYPE_CHECKING:
    import onnx

Model = Union["onnx.ModelProto", str, "os.PathLike[str]"]

# Protobuf cannot hold more in one message.
LIMIT = 2**31 - 1


def path_of(model: Model, folder: str, name: str) -> str:
    """Return the path of a model. One in memory is written into the folder."""
    if isinstance(model, (str, os.PathLike)):
        return os.fspath(model)
    if not hasattr(model, "SerializeToString"):
        raise UsageError(f"a model is an onnx.ModelProto or the path of a file, not {type(model).__name__}")
    try:
        data = model.SerializeToString()
    except Exception as e:  # of which class depends on the release of protobuf
        raise UsageError(f"the model does not fit into one message ({e}); save it as a file with external data, and give its path") from e
    if len(data) > LIMIT:
        raise UsageError("the model is larger than 2 GB; save it as a file with external data, and give its path")
    path = os.path.join(folder, name)
    with writing(path), open(path, "wb") as f:
        f.write(data)
    return path


def read(path: str, like: Any) -> onnx.ModelProto:
    """Read a file back as a model of the same class as the one that was given, else with the package onnx."""
    if hasattr(like, "SerializeToString"):
        kind = type(like)
    else:
        try:
            from onnx import ModelProto as kind
        except ImportError as e:
            raise UsageError("to get a model back, install onnx (pip install onnx); to get a file, give out=") from e
    model: onnx.ModelProto = kind()
    with open(path, "rb") as f:
        model.ParseFromString(f.read())
    beside = [name for name in os.listdir(os.path.dirname(path)) if name != os.path.basename(path) and name.startswith(os.path.basename(path))]
    if beside:
        raise Failed(f"the result has its weights in a file of its own ({beside[0]}); give out= to keep both")
    return model
