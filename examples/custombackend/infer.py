"""Runs a model once in ONNX Runtime: infer.py MODEL INPUTS OUTPUTS, see the documentation of engine.go."""

import sys

import numpy
import onnxruntime

model, inputs, outputs = sys.argv[1:]
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
feed = {value.name: numpy.load(f"{inputs}/{i}.npy") for i, value in enumerate(session.get_inputs())}
for i, answer in enumerate(session.run(None, feed)):
    numpy.save(f"{outputs}/{i}.npy", answer)
