"""Writes the models of docs/testdata/torch anew: PYTHON python/tests/committed.py."""

from __future__ import annotations

import pathlib

import onnx
import torch
from networks import ACBlock, network

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "testdata" / "torch"
SHAPES = {"fixed.onnx": None, "open.onnx": ({0: "batch", 2: "height", 3: "width"},)}


def export(name: str, path: pathlib.Path) -> None:
    """Write one of the models, as docs/torch.md exports it."""
    example = (torch.randn(2, 3, 32, 32),)
    torch.onnx.export(network(ACBlock).eval(), example, path, dynamo=True, external_data=False, dynamic_shapes=SHAPES[name], verbose=False)
    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]  # lines of code, with paths of this machine
    onnx.save(model, path)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in SHAPES:
        export(file, FOLDER / file)
