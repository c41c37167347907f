"""A pass of acdeploy in Python: two fully connected layers with nothing between them become one.

    before   y = B (A x + a) + b        Gemm, Gemm
    after    y = (B A) x + (B a + b)    Gemm

It is exact in real arithmetic. Here it is computed in float64 and rounded once.

acdeploy starts it as   fold_gemm.py --in DIR --out DIR --options FILE   and understands the exit statuses 0 (changed) and
10 (unchanged); any other is a failure, with what stands on standard error.
"""

import argparse
import json
import pathlib
import sys

import numpy
import onnx
from onnx import numpy_helper

UNCHANGED = 10


class Refused(Exception):
    """Two layers that stay two: the reason is a word, the detail a sentence that says what to change."""

    def __init__(self, reason, detail):
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def attribute(node, name, default):
    for a in node.attribute:
        if a.name == name:
            return onnx.helper.get_attribute_value(a)
    return default


def layer(node, constants):
    """The matrix [out, in] and the bias of a Gemm, in float64."""
    if attribute(node, "transA", 0):
        raise Refused("transposed", "it transposes its input; export it without transA")
    if node.input[1] not in constants:
        raise Refused("not_constant", "its weight is computed; make it an initializer")
    weight = numpy_helper.to_array(constants[node.input[1]]).astype(numpy.float64)
    if not attribute(node, "transB", 0):
        weight = weight.T
    bias = numpy.zeros(len(weight))
    if len(node.input) > 2 and node.input[2]:
        if node.input[2] not in constants:
            raise Refused("not_constant", "its bias is computed; make it an initializer")
        bias = bias + numpy_helper.to_array(constants[node.input[2]]).astype(numpy.float64)
    return weight * attribute(node, "alpha", 1.0), bias * attribute(node, "beta", 1.0)


def fold(model, most_growth):
    """Folds every pair of layers of a model, and says what it did and what not."""
    graph = model.graph
    overridable = {v.name for v in graph.input}
    constants = {t.name: t for t in graph.initializer if t.name not in overridable}
    outputs = {v.name for v in graph.output}
    readers = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    rewrites, refusals = [], []
    for first in [n for n in graph.node if n.op_type == "Gemm"]:
        used = readers.get(first.output[0], [])
        if len(used) != 1 or used[0].op_type != "Gemm" or used[0].input[0] != first.output[0]:
            continue
        second = used[0]
        try:
            if first.output[0] in outputs:
                raise Refused("shared_output", "what it computes is an output of the model; leave it")
            (a, shift), (b, bias) = layer(first, constants), layer(second, constants)
            if b.shape[0] * a.shape[1] > most_growth * (a.size + b.size):
                raise Refused("costlier", "one layer would have more weights than the two; raise most_growth")
        except Refused as why:
            refusals.append({"node": second.name, "reason": why.reason, "detail": why.detail})
            continue
        typ = numpy_helper.to_array(constants[second.input[1]]).dtype
        names = [f"{second.output[0]}.weight", f"{second.output[0]}.bias"]
        for name, array in zip(names, (b @ a, b @ shift + bias)):
            graph.initializer.append(numpy_helper.from_array(array.astype(typ), name))
            constants[name] = graph.initializer[-1]
        # The new layer keeps the name of the second one, and the value that it computes keeps its name: so the two models can be compared there.
        del second.attribute[:], second.input[:]
        second.attribute.append(onnx.helper.make_attribute("transB", 1))
        second.input.extend([first.input[0], *names])
        graph.node.remove(first)
        readers[first.input[0]] = [second if n is first else n for n in readers[first.input[0]]]
        rewrites.append({"node": first.name, "detail": f"multiplied into {second.name}, {a.size + b.size} weights became {b.shape[0] * a.shape[1]}"})
    used = {name for node in graph.node for name in node.input} | outputs
    for tensor in [t for t in graph.initializer if t.name not in used and t.name not in overridable]:
        graph.initializer.remove(tensor)
    return {"rewrites": rewrites, "refusals": refusals}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--in", dest="source", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--options", type=pathlib.Path, required=True)
    args = parser.parse_args()
    options = json.loads(args.options.read_text())
    unknown = options.keys() - {"most_growth"}
    if unknown:
        sys.exit(f"unknown options: {', '.join(sorted(unknown))}; known is most_growth")

    model = onnx.load(args.source / "model.onnx")
    report = fold(model, options.get("most_growth", 1.0))
    (args.out / "report.json").write_text(json.dumps(report))
    if not report["rewrites"]:
        return UNCHANGED
    onnx.checker.check_model(model)
    onnx.save(model, args.out / "model.onnx")
    return 0


if __name__ == "__main__":
    sys.exit(main())
