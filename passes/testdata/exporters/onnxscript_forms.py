"""Writes a small network of functions, as onnxscript has them: weights are arguments.

    python onnxscript_forms.py FOLDER

Needs onnxscript.
"""

import sys

import numpy as np
import onnx
import onnxscript
from onnxscript import FLOAT, script
from onnxscript import opset18 as op

blocks = onnxscript.values.Opset("blocks", 1)
random = np.random.default_rng(1)


@script(blocks, default_opset=op)
def ConvBN(x, w, scale, bias, mean, var, eps: float = 1e-5):
    y = op.Conv(x, w, auto_pad="SAME_UPPER")
    return op.BatchNormalization(y, scale, bias, mean, var, epsilon=eps)


@script(blocks, default_opset=op)
def Swish(x):
    return x * op.Sigmoid(x)


@script(blocks, default_opset=op)
def Block(x, w3, w1, scale, bias, mean, var):
    y = ConvBN(x, w3, scale, bias, mean, var, eps=0.001) + ConvBN(x, w1, scale, bias, mean, var)
    return Swish(y)


def weight(*shape):
    return onnx.numpy_helper.from_array(random.standard_normal(shape).astype("float32"), "w")


w3, w1 = weight(4, 4, 3, 3), weight(4, 4, 1, 1)
scale, bias, mean = weight(4), weight(4), weight(4)
var = onnx.numpy_helper.from_array((10 ** random.uniform(-4, 2, 4)).astype("float32"), "var")


@script(default_opset=op)
def net(x: FLOAT[1, 4, 6, 6]) -> FLOAT[1, 4, 6, 6]:
    w, v = op.Constant(value=w3), op.Constant(value=w1)
    s, b, m, r = op.Constant(value=scale), op.Constant(value=bias), op.Constant(value=mean), op.Constant(value=var)
    y = Block(x, w, v, s, b, m, r)
    return Swish(Block(y, w, v, s, b, m, r))


if __name__ == "__main__":
    m = net.to_model_proto(ir_version=10)
    onnx.checker.check_model(m, full_check=True)
    onnx.save(m, f"{sys.argv[1]}/onnxscript_functions.onnx")
