"""onnxslim as a pass of acdeploy: it simplifies the model, and says how many nodes that made of how many."""

import argparse
import json
import pathlib
import sys

import onnx
import onnxslim

UNCHANGED = 10


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--in", dest="source", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--options", type=pathlib.Path, required=True)
    args = parser.parse_args()

    before = onnx.load(args.source / "model.onnx")
    nodes = len(before.graph.node)
    after = onnxslim.slim(before, **json.loads(args.options.read_text()))
    if len(after.graph.node) == nodes:
        return UNCHANGED
    onnx.save(after, args.out / "model.onnx")
    detail = f"simplified by onnxslim {onnxslim.__version__}, {nodes} nodes became {len(after.graph.node)}"
    (args.out / "report.json").write_text(json.dumps({"rewrites": [{"node": "model", "detail": detail}]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
