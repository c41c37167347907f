"""A pass of acdeploy in Python: the network takes photos of another size.

    before   y = network(input)
    after    y = network(Resize(photo))

The old input keeps its name, as the result of the Resize: there acdeploy lets the network as trained meet the new one, and compares
their answers. In the configuration allow_interface_change: true permits it.
"""

import argparse
import json
import pathlib
import sys

import onnx
from onnx import TensorProto, helper


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--in", dest="source", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--options", type=pathlib.Path, required=True)
    args = parser.parse_args()
    height, width = json.loads(args.options.read_text())["size"]

    model = onnx.load(args.source / "model.onnx")
    graph = model.graph
    old = graph.input[0]
    dims = old.type.tensor_type.shape.dim
    if len(dims) != 4 or not (dims[2].dim_value and dims[3].dim_value):
        sys.exit(f"the input {old.name} is no image of a fixed size")
    photo = onnx.ValueInfoProto()
    photo.CopyFrom(old)
    photo.name = "photo"
    photo.type.tensor_type.shape.dim[2].dim_value = height
    photo.type.tensor_type.shape.dim[3].dim_value = width
    scales = [1.0, 1.0, dims[2].dim_value / height, dims[3].dim_value / width]
    graph.initializer.append(helper.make_tensor("photo.scales", TensorProto.FLOAT, [4], scales))
    resize = helper.make_node("Resize", ["photo", "", "photo.scales"], [old.name], name="photo.resize", mode="linear")
    graph.node.insert(0, resize)
    graph.input.remove(old)
    graph.input.insert(0, photo)

    report = {"rewrites": [{"node": "photo.resize", "detail": f"makes {old.name} of photos of {height}×{width}"}]}
    (args.out / "report.json").write_text(json.dumps(report))
    onnx.checker.check_model(model)
    onnx.save(model, args.out / "model.onnx")


if __name__ == "__main__":
    main()
