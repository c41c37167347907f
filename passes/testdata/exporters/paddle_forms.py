"""Exports small re-parameterisable blocks as Paddle2ONNX writes them.

    python paddle_forms.py FOLDER

Needs paddlepaddle and paddle2onnx.
"""

import os
import sys
import tempfile

import numpy as np
import paddle
from paddle import nn


def conv_bn(cin, cout, kernel, padding=0, stride=1, groups=1, bias=False):
    return nn.Sequential(
        nn.Conv2D(cin, cout, kernel, stride, padding, groups=groups, bias_attr=None if bias else False), nn.BatchNorm2D(cout)
    )


class ACB(nn.Layer):
    def __init__(self, c, stride=1):
        super().__init__()
        self.square = conv_bn(c, c, 3, 1, stride)
        self.ver = conv_bn(c, c, (3, 1), (1, 0), stride)
        self.hor = conv_bn(c, c, (1, 3), (0, 1), stride)

    def forward(self, x):
        return nn.functional.relu(self.square(x) + (self.ver(x) + self.hor(x)))


class RepVGG(nn.Layer):
    def __init__(self, c):
        super().__init__()
        self.dense, self.one, self.identity = conv_bn(c, c, 3, 1, bias=True), conv_bn(c, c, 1), nn.BatchNorm2D(c)

    def forward(self, x):
        return nn.functional.relu(self.dense(x) + self.one(x) + self.identity(x))


class Scaled(nn.Layer):
    """PP-LCNetV4: sums that begin with 0, a learnable affine of one scale and one bias, then HardSwish."""

    def __init__(self, c):
        super().__init__()
        self.convs = nn.LayerList([conv_bn(c, c, 3, 1, groups=c) for _ in range(2)] + [conv_bn(c, c, 1, groups=c)])
        self.identity = nn.BatchNorm2D(c)
        self.scale = self.create_parameter([1], default_initializer=nn.initializer.Constant(1.5))
        self.bias = self.create_parameter([1], default_initializer=nn.initializer.Constant(-0.5))

    def forward(self, x):
        y = 0
        for conv in self.convs:
            y = y + conv(x)
        return nn.functional.hardswish(self.scale * (y + self.identity(x)) + self.bias)


def train(m):
    r = np.random.default_rng(1)
    for layer in m.sublayers():
        if isinstance(layer, nn.Conv2D):
            layer.weight.set_value(r.standard_normal(layer.weight.shape).astype("float32"))
            if layer.bias is not None:
                layer.bias.set_value(r.standard_normal(layer.bias.shape).astype("float32"))
        if isinstance(layer, nn.BatchNorm2D):
            shape = layer.weight.shape
            layer.weight.set_value(r.standard_normal(shape).astype("float32"))
            layer.bias.set_value(r.standard_normal(shape).astype("float32"))
            layer._mean.set_value(r.standard_normal(shape).astype("float32"))
            layer._variance.set_value((10 ** r.uniform(-4, 2, shape)).astype("float32"))
    m.eval()
    return m


def main(folder):
    for name, m, shape in [
        ("acb", ACB(4), [1, 4, 6, 6]),
        ("acb_dynamic", ACB(4, 2), [-1, 4, -1, -1]),
        ("repvgg", RepVGG(4), [1, 4, 6, 6]),
        ("scaled", Scaled(4), [1, 4, 6, 6]),
    ]:
        with tempfile.TemporaryDirectory() as tmp:
            where = os.path.join(tmp, name)
            spec = [paddle.static.InputSpec([None if d < 0 else d for d in shape], "float32", "x")]
            paddle.onnx.export(train(m), where, input_spec=spec, opset_version=13, enable_auto_update_opset=False)
            os.replace(where + ".onnx", os.path.join(folder, "paddle_" + name + ".onnx"))


if __name__ == "__main__":
    main(sys.argv[1])
