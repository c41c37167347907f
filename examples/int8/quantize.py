#!/usr/bin/env python3
"""Quantizes models to int8 with ONNX Runtime's static quantizer, and prints how many images each classifies right.

usage: quantize.py images.npz calibration-images model.onnx...

The first images calibrate the activations; the others count. For each model one line of JSON is printed: the share of right answers in
float, in int8 with one scale for each weight, and in int8 with one scale for each channel of a weight.
"""

import json
import os
import sys
import tempfile

import numpy as np
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static


class Images(CalibrationDataReader):
    """Hands out the images for calibration, one after the other."""

    def __init__(self, name, images):
        self.feeds = iter([{name: image[None]} for image in images])

    def get_next(self):
        return next(self.feeds, None)


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def top1(path, images, labels):
    s = session(path)
    name = s.get_inputs()[0].name
    right = [int(s.run(None, {name: image[None]})[0].argmax()) == label for image, label in zip(images, labels)]
    return sum(right) / len(right)


def quantized(path, images, to, per_channel):
    name = session(path).get_inputs()[0].name
    quantize_static(path, to, Images(name, images), quant_format=QuantFormat.QDQ, per_channel=per_channel,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, reduce_range=True)


def main():
    data, count = np.load(sys.argv[1]), int(sys.argv[2])
    calibration = data["images"][:count]
    images, labels = data["images"][count:], data["labels"][count:].tolist()
    for path in sys.argv[3:]:
        found = {"model": path, "float": top1(path, images, labels)}
        with tempfile.TemporaryDirectory() as folder:
            to = os.path.join(folder, "int8.onnx")
            for key, per_channel in (("int8", False), ("int8_per_channel", True)):
                quantized(path, calibration, to, per_channel)
                found[key] = top1(to, images, labels)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
