"""Exports small re-parameterisable blocks as tf2onnx writes Keras models.

    python keras_forms.py FOLDER

Needs tensorflow, keras and tf2onnx.
"""

import sys

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers


def conv_bn(x, c, kernel, strides=1, bias=False, name=None):
    x = layers.Conv2D(c, kernel, strides, padding="same", use_bias=bias, name=name and name + "_conv")(x)
    return layers.BatchNormalization(name=name and name + "_bn")(x)


def acb(x, c, strides=1, bias=False):
    y = layers.add([conv_bn(x, c, k, strides, bias) for k in ((3, 3), (3, 1), (1, 3))])
    return layers.ReLU()(y)


def depthwise(x):
    y = [layers.BatchNormalization()(layers.DepthwiseConv2D(k, padding="same", use_bias=False)(x)) for k in (3, 1)]
    y = layers.add(y + [layers.BatchNormalization()(x)])
    return layers.ReLU()(y)


def train(m):
    r = np.random.default_rng(1)
    for layer in m.layers:
        if isinstance(layer, layers.BatchNormalization):
            g, b, mean, var = layer.get_weights()
            layer.set_weights([r.standard_normal(g.shape), r.standard_normal(b.shape), r.standard_normal(b.shape), 10 ** r.uniform(-4, 2, b.shape)])
        elif layer.get_weights():
            layer.set_weights([r.standard_normal(w.shape) for w in layer.get_weights()])
    return m


def main(folder):
    for name, size, build in [
        ("acb", 6, lambda x: acb(x, 4)),
        ("acb_bias", 6, lambda x: acb(x, 4, bias=True)),
        ("acb_stride2", 6, lambda x: acb(x, 4, 2)),
        ("acb_stride2_bias", 6, lambda x: acb(x, 4, 2, bias=True)),
        ("acb_stride2_odd", 7, lambda x: acb(x, 4, 2)),
        ("acb_unknown_size", None, lambda x: acb(x, 4)),
        ("acb_unknown_size_stride2", None, lambda x: acb(x, 4, 2)),
        ("depthwise", 6, depthwise),
    ]:
        keras.utils.set_random_seed(1)
        x = keras.Input((size, size, 4), batch_size=1, name="x")
        m = train(keras.Model(x, build(x)))
        fn = tf.function(lambda x: m(x, training=False), input_signature=[tf.TensorSpec((1, size, size, 4), name="x")])
        tf2onnx.convert.from_function(fn, fn.input_signature, opset=15, output_path=f"{folder}/keras_{name}.onnx")


if __name__ == "__main__":
    main(sys.argv[1])
