"""Makes golden.onnx, golden-heads.onnx, the same with -opset9, and golden-attention.onnx: nodes of random attributes
and shapes with the answers of ONNX Runtime. Heads are what stands behind the convolutions of a network. The files for
opset 9 have the forms that newer operator sets changed.

    python golden.py > golden.log
    python golden.py heads > golden.log

Each node reads initializers, and its outputs are also there as initializers "NODE.want.I". Answers
on which the evaluator of the onnx package differs are listed in the log; ONNX Runtime is right there.
Inputs are small multiples of 1/8, so that sums are exact in float32.
"""
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

rng = np.random.default_rng(7)
ort.set_default_logger_severity(4)


def data(*shape, positive=False):
    x = rng.integers(-16, 17, size=shape).astype(np.float32) / 8
    return np.abs(x) + np.float32(0.125) if positive else x


def pick(*options):
    return options[rng.integers(len(options))]


def some(n, lo, hi):
    return [int(v) for v in rng.integers(lo, hi, size=n)]


def window(n, auto=True):
    a = {}
    if pick(0, 1):
        a["strides"] = some(n, 1, 4)
    if auto and pick(0, 0, 1):
        a["auto_pad"] = pick("SAME_UPPER", "SAME_LOWER", "VALID")
        return a
    if pick(0, 1):
        a["dilations"] = some(n, 1, 3)
    return a


def conv():
    n, g = pick(1, 2, 2, 3), pick(1, 1, 2, 3, 4)
    i, o = pick(1, 2), pick(1, 2, 3, 9)
    k = some(n, 1, 4)
    a = window(n) | {"group": g}
    if "auto_pad" not in a and pick(0, 1, 1):
        a["pads"] = some(2 * n, 0, 3)
    x = data(pick(1, 2), g * i, *some(n, 5, 9 if n < 3 else 7))
    return "Conv", a, [x, data(g * o, i, *k)] + pick([], [data(g * o)])


def conv_transpose():
    n, g = pick(1, 2, 2, 3), pick(1, 1, 2, 3)
    i, o = pick(1, 2), pick(1, 2)
    a = window(n) | {"group": g}
    if "auto_pad" not in a:
        s = a.get("strides", [1] * n)
        if pick(0, 1):
            a["pads"] = some(2 * n, 0, 2)
        if pick(0, 1):
            a["output_padding"] = [int(rng.integers(0, v)) for v in s]
    x = data(pick(1, 2), g * i, *some(n, 3, 6 if n < 3 else 4))
    return "ConvTranspose", a, [x, data(g * i, o, *some(n, 1, 4))] + pick([], [data(g * o)])


def pool():
    n, op = pick(1, 2, 2, 3), pick("MaxPool", "AveragePool", "AveragePool")
    k = some(n, 1, 4)
    a = window(n) | {"kernel_shape": k, "ceil_mode": pick(0, 1)}
    if "auto_pad" not in a and pick(0, 1, 1):
        a["pads"] = [int(rng.integers(0, v)) for v in k + k]
    if op == "AveragePool":
        a["count_include_pad"] = pick(0, 1)
    return op, a, [data(1, pick(1, 2), *some(n, 4, 9 if n < 3 else 7))]


def normalization():
    c = pick(1, 3, 4)
    x = data(2, c, *some(pick(1, 2, 3), 1, 5))
    return pick(
        ("BatchNormalization", {"epsilon": pick(1e-5, 1e-3)}, [x, data(c), data(c), data(c), data(c, positive=True)]),
        ("InstanceNormalization", {"epsilon": 1e-3}, [x, data(c), data(c)]),
        ("LRN", {"size": pick(1, 2, 3, 5), "alpha": 0.1, "beta": 0.5, "bias": 1.5}, [data(2, 5, 3, 2)]),
        ("LayerNormalization", {"axis": pick(-1, 2)}, [data(2, 3, 4), *pick([data(4)], [data(4), data(4)])]),
    )


def broadcasting(op, positive=False):
    shape = some(pick(1, 2, 3, 4), 1, 5)
    other = [d if pick(0, 1) else 1 for d in shape][pick(0, 0, 1) :]
    x, y = data(*shape, positive=positive), data(*other, positive=True)
    return op, {}, [x, y] if pick(0, 1) or op in ("PRelu",) else [np.abs(y), x if op not in ("Div", "Pow") else np.abs(x) + np.float32(0.5)]


def binary():
    op = pick("Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean", "PRelu")
    return broadcasting(op, positive=op == "Pow")


def integers():
    op = pick("Add", "Sub", "Mul", "Div", "Max", "Min")
    t = pick(np.int32, np.int64)
    x, y = rng.integers(-9, 10, size=(3, 4)).astype(t), rng.integers(1, 5, size=(4,)).astype(t)
    return op, {}, [x, y]


def comparison():
    op = pick("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor", "Where")
    x, y = np.round(data(3, 4)), np.round(data(pick(1, 3), 4))
    if op in ("And", "Or", "Xor"):
        x, y = x > 0, y > 0
    return op, {}, [x > 0.5, x, y] if op == "Where" else [x, y]


def unary():
    op = pick(
        "Neg", "Abs", "Sqrt", "Exp", "Log", "Erf", "Floor", "Ceil", "Round", "Reciprocal", "Sign", "Relu", "Sigmoid",
        "Tanh", "Softplus", "Softsign", "HardSwish", "LeakyRelu", "Elu", "Selu", "HardSigmoid", "Clip", "Softmax",
        "LogSoftmax", "Celu", "ThresholdedRelu", "Shrink", "Gelu", "Mish", "Hardmax",
    )
    x = data(2, 3, 4, positive=op in ("Sqrt", "Log", "Reciprocal")) * np.float32(pick(1, 2))
    a = {
        "LeakyRelu": {"alpha": 0.3}, "Elu": {"alpha": 0.7}, "Selu": {"alpha": 1.2, "gamma": 0.9}, "Celu": {"alpha": 0.5},
        "HardSigmoid": {"alpha": 0.3, "beta": 0.4}, "ThresholdedRelu": {"alpha": 0.5}, "Shrink": {"lambd": 0.5, "bias": 0.25},
        "Gelu": {"approximate": pick("none", "tanh")},
    }.get(op, {})
    if op in ("Softmax", "LogSoftmax", "Hardmax") and pick(0, 1, 1):
        a = {"axis": pick(-2, 0, 1, 2)}
    bounds = pick([], [np.float32(-0.5)], [None, np.float32(0.75)], [np.float32(-1), np.float32(1)]) if op == "Clip" else []
    return op, a, [x, *bounds]


def linear():
    m, k, n = some(3, 1, 6)
    if pick(0, 1):
        ta, tb = pick(0, 1), pick(0, 1)
        a = {"transA": ta, "transB": tb, "alpha": pick(1.0, 0.5), "beta": pick(1.0, 2.0)}
        c = pick([], [data(n)], [data(m, 1)], [data(m, n)], [data(1)])
        return "Gemm", a, [data(*((k, m) if ta else (m, k))), data(*((n, k) if tb else (k, n))), *c]
    x, y = pick(((m, k), (k, n)), ((k,), (k, n)), ((m, k), (k,)), ((2, 1, m, k), (3, k, n)), ((2, m, k), (k, n)), ((k,), (2, k, n)))
    return "MatMul", {}, [data(*x), data(*y)]


def i64(*v):
    return np.array(v, dtype=np.int64)


def layout():
    x = data(3, 4, 5)
    return pick(
        ("Slice", {}, [x, i64(*some(2, -6, 6)), i64(*some(2, -6, 6)), i64(pick(0, -3), 2), i64(*[pick(-2, -1, 1, 2) for _ in range(2)])]),
        ("Slice", {}, [x, i64(*some(3, 0, 3)), i64(9, 2**62, -1)]),
        ("Pad", {"mode": "constant"}, [x, i64(*some(6, -1, 3)), np.float32(0.5)]),
        ("Pad", {"mode": pick("reflect", "edge", "wrap")}, [x, i64(*some(6, 0, 3))]),
        ("Pad", {}, [x, i64(*some(4, 0, 3)), None, i64(2, 0)]),
        ("Transpose", {"perm": [int(v) for v in rng.permutation(3)]}, [x]),
        ("Concat", {"axis": pick(0, 1, -1)}, [x, x, x]),
        ("Gather", {"axis": pick(0, 1, -1)}, [x, i64([0, -1], [2, 1])]),
        ("GatherElements", {"axis": 1}, [x, rng.integers(-4, 4, size=(3, 2, 5)).astype(np.int64)]),
        ("Tile", {}, [x, i64(*some(3, 1, 3))]),
        ("Expand", {}, [data(3, 1, 5), i64(*pick((2, 3, 4, 5), (4, 1), (3, 4, 5)))]),
        ("Reshape", {}, [x, i64(*pick((0, -1), (-1, 10), (5, 0, 3), (60,)))]),
        ("Flatten", {"axis": pick(0, 1, -1, 3)}, [x]),
        ("Squeeze", {}, [data(1, 3, 1), *pick([], [i64(0)], [i64(-1)])]),
        ("Unsqueeze", {}, [x, i64(*pick((0,), (-1, 1)))]),
        ("Shape", pick({}, {"start": 1}, {"start": -2, "end": -1}), [x]),
        ("DepthToSpace", {"blocksize": 2, "mode": pick("DCR", "CRD")}, [data(1, 8, 2, 3)]),
        ("SpaceToDepth", {"blocksize": 2}, [data(1, 2, 4, 6)]),
    )


def split():
    if pick(0, 1):
        return "Split", {"axis": 1, "num_outputs": 3}, [data(2, 7)], 3
    return "Split", {"axis": pick(0, -2)}, [data(6, 2), i64(1, 3, 2)], 3


def reduction():
    op = "Reduce" + pick("Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSumExp")
    a = {"keepdims": pick(0, 1)}
    axes = pick([], [i64(0)], [i64(-1, 1)], [i64(1)])
    if not axes and pick(0, 1):
        a["noop_with_empty_axes"] = 1
    return op, a, [data(2, 3, 4), *axes]


def argument():
    a = {"axis": pick(0, 1, -1), "keepdims": pick(0, 1), "select_last_index": pick(0, 1)}
    return pick("ArgMax", "ArgMin"), a, [np.round(data(3, 4, 5))]


def resize():
    x = data(1, 2, *some(2, 3, 7))
    mode = pick("nearest", "nearest", "linear", "cubic")
    a = {"mode": mode, "coordinate_transformation_mode": pick("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "half_pixel_symmetric")}
    if mode == "nearest":
        a["nearest_mode"] = pick("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    if pick(0, 1):
        return "Resize", a, [x, None, np.array([1, 1, pick(2, 0.5, 1.5), pick(2, 3, 0.75)], dtype=np.float32)]
    return "Resize", a, [x, None, None, i64(1, 2, *some(2, 2, 9))]


def casting():
    to = pick(onnx.TensorProto.INT32, onnx.TensorProto.INT64, onnx.TensorProto.BOOL, onnx.TensorProto.DOUBLE, onnx.TensorProto.UINT8)
    x = data(3, 4)
    return "Cast", {"to": to}, [np.abs(x) if to == onnx.TensorProto.UINT8 else x]


def older():
    x, c = data(3, 4, 5), 3
    return pick(
        ("Slice", {"starts": some(2, -6, 6), "ends": some(2, -6, 6), "axes": [0, 2]}, [x]),
        ("Slice", {"starts": some(2, 0, 3), "ends": [2**31, -1]}, [x]),
        ("Clip", pick({}, {"min": -0.5}, {"max": 0.75}, {"min": -1.0, "max": 1.0}), [x]),
        ("Pad", {"mode": "constant", "pads": some(6, 0, 3), "value": 0.5}, [x]),
        ("Pad", {"mode": pick("reflect", "edge"), "pads": some(6, 0, 3)}, [x]),
        (pick("Softmax", "LogSoftmax", "Hardmax"), pick({}, {"axis": 0}, {"axis": 2}), [x]),
        ("Upsample", {"mode": pick("nearest", "linear")}, [data(1, 2, 3, 4), np.array([1, 1, pick(1, 1.5, 2), pick(2, 3)], dtype=np.float32)]),
        ("ReduceSum", {"axes": pick([0], [1, 2]), "keepdims": pick(0, 1)}, [x]),
        ("ReduceMean", pick({}, {"axes": [2]}), [x]),
        ("Squeeze", {"axes": [0, 2]}, [data(1, 3, 1)]),
        ("Unsqueeze", {"axes": [0, 3]}, [data(3, 2)]),
        ("Split", {"axis": 1, "split": [1, 3]}, [x], 2),
        ("Split", {"axis": 1}, [x], 2),
        ("Dropout", {"ratio": 0.3}, [x]),
        ("BatchNormalization", {}, [data(2, c, 4), data(c), data(c), data(c), data(c, positive=True)]),
        ("Flatten", {"axis": pick(0, 1, 2)}, [x]),
        ("MatMul", {}, [x, data(5, 2)]),
        ("AveragePool", {"kernel_shape": [3, 2], "pads": [1, 0, 1, 1], "count_include_pad": pick(0, 1)}, [data(1, 2, 5, 6)]),
        ("Cast", {"to": onnx.TensorProto.INT32}, [x]),
        ("PRelu", {}, [x, data(4, 1)]),
    )


FAMILIES = [(conv, 70), (conv_transpose, 45), (pool, 90), (normalization, 24), (binary, 40), (integers, 8), (comparison, 18), (unary, 70),
            (linear, 24), (layout, 60), (split, 4), (reduction, 30), (argument, 10), (resize, 40), (casting, 8)]


def single(case, opset, name):
    op, attrs, ins, outs = case if len(case) == 4 else (*case, 1)
    names = ["" if x is None else f"{name}.in.{i}" for i, x in enumerate(ins)]
    node = helper.make_node(op, names, [f"{name}.out.{i}" for i in range(outs)], name=name, **attrs)
    inits = [numpy_helper.from_array(np.asarray(x), n) for x, n in zip(ins, names) if x is not None]
    outputs = [helper.make_empty_tensor_value_info(o) for o in node.output]
    g = helper.make_graph([node], "case", [], outputs, inits)
    return node, inits, helper.make_model(g, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def answers(model):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, {})


def same(a, b):
    return len(a) == len(b) and all(x.shape == y.shape and np.allclose(x, y, rtol=1e-4, atol=1e-5, equal_nan=True) for x, y in zip(a, b))


def write(path, opset, families):
    nodes, inits, dropped = [], [], 0
    for make, count in families:
        for i in range(count):
            name = f"{make.__name__}_{i}"
            case = make()
            node, own, model = single(case, opset, name)
            shapes = [getattr(x, "shape", None) for x in case[2]]
            try:
                want = answers(model)
            except Exception as e:
                dropped += 1
                print(f"{name} {case[0]} {case[1]} {shapes}: refused by ONNX Runtime: {str(e)[:160]}")
                continue
            try:
                if not same(want, ReferenceEvaluator(model).run(None, {})):
                    print(f"{name} {case[0]} {case[1]} {shapes}: the evaluator of onnx differs")
            except Exception as e:
                print(f"{name} {case[0]} {case[1]} {shapes}: refused by the evaluator of onnx: {str(e)[:100]}")
            nodes.append(node)
            inits += own + [numpy_helper.from_array(w, f"{name}.want.{k}") for k, w in enumerate(want)]
    outputs = [helper.make_empty_tensor_value_info(o) for n in nodes for o in n.output]
    g = helper.make_graph(nodes, "golden", [], outputs, inits)
    m = helper.make_model(g, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="golden.py")
    onnx.save(m, path)
    print(f"{path}: {len(nodes)} cases, {dropped} refused", file=sys.stderr)


def top():
    t = pick(np.float32, np.float32, np.int64, np.int32)
    x = np.round(data(3, 4, 5) * 2).astype(t)
    axis = pick(0, 1, -1)
    return "TopK", {"axis": axis, "largest": pick(0, 1)}, [x, i64(rng.integers(1, x.shape[axis] + 1))], 2


def boxes():
    n, classes = pick(1, 6, 12), pick(1, 3)
    corners = rng.integers(0, 17, size=(2, n, 4)).astype(np.float32) / 4
    scores = np.round(rng.random((2, classes, n)) * 8).astype(np.float32) / 8
    some_of = [corners, scores, i64(pick(1, 3, 100)), np.float32(pick(0.0, 0.25, 0.7)), np.float32(pick(-1.0, 0.3))]
    return "NonMaxSuppression", {"center_point_box": pick(0, 1)}, some_of[: pick(3, 4, 5, 5)]


def recurrent(opset=21):
    op = pick("RNN", "GRU", "LSTM")
    gates, functions = {"RNN": (1, 1), "GRU": (3, 2), "LSTM": (4, 3)}[op]
    direction = pick("forward", "reverse", "bidirectional")
    d = 2 if direction == "bidirectional" else 1
    steps, batch, i, h = pick(1, 4, 7), pick(1, 3), pick(1, 5), pick(1, 4)
    a = {"hidden_size": h, "direction": direction}
    ins = [data(steps, batch, i), data(d, gates * h, i) / 4, data(d, gates * h, h) / 4]  # small: nothing may grow beyond bounds
    ins.append(pick(None, data(d, 2 * gates * h)))
    ins.append(pick(None, np.minimum(rng.integers(0 if opset > 9 else 1, steps + 1, size=batch), steps).astype(np.int32)))
    ins.append(pick(None, data(d, batch, h)))
    if op == "LSTM":
        ins += [pick(None, data(d, batch, h)), pick(None, data(d, 3 * h))]
        if pick(0, 0, 1):
            a["input_forget"] = 1
    if op == "GRU":
        a["linear_before_reset"] = pick(0, 1)
    if pick(0, 0, 1):
        a["clip"] = pick(0.5, 1.0)
    if pick(0, 1):
        names, alphas, betas = [], [], []
        for _ in range(d * functions):
            name, *rest = pick(
                ("Relu",), ("Tanh",), ("Sigmoid",), ("Softsign",), ("Softplus",), ("LeakyRelu", 0.2), ("ThresholdedRelu", 0.5),
                ("Elu", 0.7), ("Affine", 0.5, 0.25), ("ScaledTanh", 0.75, 1.25), ("HardSigmoid", 0.3, 0.4))
            names.append(name)
            alphas += rest[:1]
            betas += rest[1:]
        a["activations"] = names
        if pick(0, 1) or {"Affine", "ScaledTanh", "ThresholdedRelu"} & set(names):  # the defaults are not settled
            a |= {"activation_alpha": alphas} if alphas else {}
            a |= {"activation_beta": betas} if betas else {}
    while ins[-1] is None:
        ins.pop()
    return op, a, ins, 3 if op == "LSTM" else 2


def selecting():
    x = data(3, 4, 5)
    zeros = np.round(data(3, 4)) * pick(0, 1, 1)
    coarse = np.round(data(3, 4))
    return pick(
        ("CumSum", {"exclusive": pick(0, 1), "reverse": pick(0, 1)}, [x, np.array(pick(0, 1, -1), dtype=pick(np.int32, np.int64))]),
        ("CumSum", {}, [rng.integers(-9, 9, size=(3, 4)).astype(np.int64), np.array(0, dtype=np.int64)]),
        ("GatherND", {}, [x, rng.integers(-3, 3, size=(2, pick(1, 2, 3))).astype(np.int64)]),
        ("GatherND", {"batch_dims": 1}, [x, rng.integers(-4, 4, size=(3, 2, pick(1, 2))).astype(np.int64)]),
        ("Compress", pick({}, {"axis": 1}, {"axis": -2}), [x, np.array([1, 0, 1, 1], dtype=bool)]),
        ("NonZero", {}, [pick(zeros, zeros > 0, zeros.astype(np.int64))]),
        ("Unique", pick({}, {"sorted": 0}, {"axis": 1}, {"axis": 0, "sorted": 0}), [pick(coarse, coarse.astype(np.int64))], 4),
        ("ReverseSequence", pick({"batch_axis": 0, "time_axis": 1}, {}), [data(4, 4, 2), i64(1, 4, 0, 3)]),
        ("IsInf", pick({}, {"detect_negative": 0}, {"detect_positive": 0}), [np.array([1, np.inf, -np.inf, np.nan], dtype=np.float32)]),
        ("LpNormalization", {"p": pick(1, 2), "axis": pick(0, 1, -1)}, [data(2, 3, 4) + np.float32(0.0625)]),
        ("MeanVarianceNormalization", pick({}, {"axes": [1, 2]}), [data(2, 3, 4, 4)]),
    )


def sampling():
    x = data(2, 3, *some(2, 3, 7))
    mode = pick("linear", "nearest", "cubic")
    padding, corners = pick("zeros", "border", "reflection"), pick(0, 1)
    grid = rng.integers(-24, 25, size=(2, 3, 4, 2)).astype(np.float32) / 16 + np.float32(1 / 64)
    rois = np.sort(rng.integers(-2, 40, size=(3, 2, 2)), axis=1).reshape(3, 4).astype(np.float32) / 4
    return pick(
        ("GridSample", {"mode": mode, "padding_mode": padding, "align_corners": corners}, [x, grid]),
        ("RoiAlign", {
            "mode": pick("avg", "avg", "max"), "output_height": pick(1, 2, 3), "output_width": pick(1, 2), "sampling_ratio": pick(0, 1, 2),
            "spatial_scale": pick(1.0, 0.5), "coordinate_transformation_mode": pick("half_pixel", "output_half_pixel")}, [x, rois, i64(0, 1, 1)]),
    )


def quantized():
    t = pick(np.uint8, np.int8, np.int16, np.uint16)
    lo, hi = np.iinfo(t).min, np.iinfo(t).max
    whole = lambda *shape: rng.integers(max(lo, -128), min(hi, 255) + 1, size=shape).astype(t)
    scale = lambda *shape: np.asarray(rng.choice([0.25, 0.5, 1.0, 2.0], size=shape).astype(np.float32))
    byte = pick(np.uint8, np.int8)
    small = lambda *shape: rng.integers(*((0, 256) if byte == np.uint8 else (-128, 128)), size=shape).astype(byte)
    x, by = data(3, 4, 5) * np.float32(16), pick({}, {"axis": 1}, {"axis": 2, "block_size": 2})
    shape = {0: (), 1: (4,), 2: (3, 4, 3)}[len(by)]
    u8 = lambda *shape: rng.integers(0, 256, size=shape).astype(np.uint8)
    s8 = lambda *shape: rng.integers(-100, 101, size=shape).astype(np.int8)
    return pick(
        ("QuantizeLinear", by, [x, scale(*shape), whole(*shape)]),
        ("QuantizeLinear", {}, [x, scale()]),
        ("QuantizeLinear", {"output_dtype": onnx.TensorProto.INT8}, [x, scale()]),
        ("DequantizeLinear", by, [whole(3, 4, 5), scale(*shape), whole(*shape)]),
        ("DequantizeLinear", {}, [rng.integers(-999, 999, size=(3, 4)).astype(np.int32), scale()]),
        ("DynamicQuantizeLinear", {}, [data(3, 4) + np.float32(pick(-5, 0, 5))], 3),
        ("QLinearConv", {"pads": [1, 1, 0, 1]}, [
            u8(1, 2, 5, 5), scale(), u8(), s8(3, 2, 2, 3), scale(3), np.zeros(3, np.int8), np.float32(256), u8(),
            *pick([], [rng.integers(-99, 99, size=3).astype(np.int32)])]),
        ("QLinearMatMul", {}, [u8(3, 4), scale(), u8(), s8(4, 5), *pick((scale(), s8()), (scale(5), np.zeros(5, np.int8))), np.float32(256), u8()]),
        ("ConvInteger", {"pads": [1, 1, 0, 1]}, [u8(1, 2, 5, 5), u8(3, 2, 2, 3), u8(), u8()]),
        ("MatMulInteger", {}, [u8(3, 4), s8(4, 5), *pick([], [u8()], [u8(), s8()])]),
    )


def older_heads():
    x = data(3, 4, 5)
    return pick(
        ("TopK", {"axis": pick(0, 2), "k": pick(1, 3)}, [np.round(x)], 2),
        ("Scatter", {"axis": 1}, [x, rng.integers(0, 4, size=(3, 2, 5)).astype(np.int64), data(3, 2, 5)]),
        ("Compress", pick({}, {"axis": 1}), [x, np.array([1, 0, 1, 1], dtype=bool)]),
        ("NonZero", {}, [np.round(x)]),
        ("LpNormalization", {"p": pick(1, 2)}, [x]),
        recurrent(9),
    )


def loss():
    op, classes, shape = pick("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"), pick(2, 5), pick((3,), (2, 4), (2, 3, 2))
    a = {"reduction": pick("none", "sum", "mean")}
    target = rng.integers(0, classes, size=shape).astype(pick(np.int64, np.int32))
    if pick(0, 1):
        a["ignore_index"] = pick(0, -1)
        target[rng.random(shape) < 0.3] = a["ignore_index"]
        target.flat[0] = 1
    outs = pick(1, 2) if op == "SoftmaxCrossEntropyLoss" else 1
    return op, a, [data(shape[0], classes, *shape[1:]), target, *pick([], [data(classes, positive=True)])], outs


def geometry():
    g, parts = pick(1, 2), pick(1, 2)
    h, w, kh, kw = pick(3, 4), pick(3, 5), pick(1, 2, 3), pick(1, 2)
    pads, strides = some(4, 0, 2), some(2, 1, 3)
    oh, ow = (h + pads[0] + pads[2] - kh) // strides[0] + 1, (w + pads[1] + pads[3] - kw) // strides[1] + 1
    taps, blocks = kh * kw, {"pads": pads, "strides": strides}
    pooled = {"kernel_shape": [2, 2], "strides": [2, 2]}
    return pick(
        ("MaxPool", pooled | {"pads": some(4, 0, 2), "storage_order": pick(0, 1)}, [np.round(data(2, 2, 5, 4))], 2),
        ("MaxUnpool", pooled, [data(1, 2, 2, 2), i64(*(rng.permutation(16)[:4] + k * 16 for k in range(2))).reshape(1, 2, 2, 2)]),
        ("AffineGrid", {"align_corners": pick(0, 1)}, [data(2, 2, 3), i64(2, 1, *some(2, 2, 5))]),
        ("AffineGrid", {"align_corners": pick(0, 1)}, [data(1, 3, 4), i64(1, 1, *some(3, 2, 4))]),
        ("Col2Im", blocks, [data(2, 3 * taps, oh * ow), i64(h, w), i64(kh, kw)]),
        ("DeformConv", blocks | {"group": g, "offset_group": parts}, [
            data(2, 4, h, w), data(2, 4 // g, kh, kw), data(2, 2 * parts * taps, oh, ow), *pick([], [data(2)], [None, data(2, parts * taps, oh, ow)])]),
    )


def equations():
    return pick(
        ("Einsum", {"equation": "...ij,...jk->...ik"}, [data(2, 1, 3, 4), data(5, 4, 2)]),
        ("Einsum", {"equation": "...i,ij"}, [data(2, 3), data(3, 4)]),
        ("Einsum", {"equation": "...ij->...ji"}, [data(2, 3, 4)]),
        ("Einsum", {"equation": "bi...->b..."}, [data(2, 3, 4, 2)]),
    )


def attention():
    kv, share, d, dv = pick(1, 2), pick(1, 2), pick(2, 4), pick(2, 3)
    batch, queries, keys = pick(1, 2), pick(1, 3), pick(3, 4)
    a = {"is_causal": pick(0, 1)}
    if pick(0, 1):
        a["scale"] = 0.75
    if pick(0, 0, 1):
        a["softcap"] = 1.5
    total, past = keys, []
    if pick(0, 0, 1):
        past = [data(batch, kv, 2, d), data(batch, kv, 2, dv)]
        total, queries = total + 2, keys  # else ONNX Runtime aligns the last query with the last key
    mask = pick(None, data(queries, total), data(batch, 1, queries, total), rng.random((queries, total)) < 0.7)
    if mask is not None and mask.dtype == bool:
        mask[:, 0] = True  # a query that sees nothing is not settled in ONNX Runtime
    q, k, v = data(batch, kv * share, queries, d), data(batch, kv, keys, d), data(batch, kv, keys, dv)
    if not past and pick(0, 1):  # all heads in the last axis
        flat = lambda x: np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(batch, x.shape[2], -1)
        q, k, v = flat(q), flat(k), flat(v)
        a |= {"q_num_heads": kv * share, "kv_num_heads": kv}
    return "Attention", a, [q, k, v, *([mask] if mask is not None or past else []), *past], 3 if past else 1


def turned():
    x, half = data(2, 2, 3, 4), pick(1, 2)
    a = {"interleaved": pick(0, 1)} | ({"rotary_embedding_dim": 2} if half == 1 else {})
    if pick(0, 1):
        return "RotaryEmbedding", a, [x, data(2, 3, half), data(2, 3, half)]
    return "RotaryEmbedding", a, [x, data(5, half), data(5, half), rng.integers(0, 5, size=(2, 3)).astype(np.int64)]


def roots():
    return "RMSNormalization", {"axis": pick(-1, 1)}, [data(2, 3, 4), pick(data(4), data(3, 4))]


def antialiased():
    a = {"mode": pick("linear", "cubic"), "antialias": 1, "exclude_outside": pick(0, 1)}
    return "Resize", a, [data(1, 2, *some(2, 5, 9)), None, None, i64(1, 2, *some(2, 2, 10))]


def signals():
    n, parts = pick(4, 5, 7), pick(1, 2)
    length = pick(None, i64(pick(3, 6, 9)).reshape(()))
    a = pick({}, {"inverse": 1}, {"onesided": 1} if parts == 1 else {})
    size = np.array(pick(4, 7), dtype=np.int64)
    frame = pick([data(4)], [None, np.array(3, dtype=np.int64)], [data(5), np.array(5, dtype=np.int64)])
    return pick(
        ("DFT", a, [data(2, n, 3, parts), length, i64(pick(1, 2, -2)).reshape(())]),
        ("STFT", {"onesided": pick(0, 1)}, [data(2, 12, 1), np.array(pick(1, 2, 3), dtype=np.int64), *frame]),
        (pick("HannWindow", "HammingWindow", "BlackmanWindow"), {"periodic": pick(0, 1)}, [size]),
    )


HEADS = [(top, 24), (boxes, 24), (recurrent, 120), (selecting, 60), (sampling, 60), (quantized, 60), (loss, 30), (geometry, 60), (equations, 8), (antialiased, 16), (signals, 48)]
ATTENTION = [(attention, 40), (turned, 12), (roots, 6)]

if sys.argv[1:] == ["heads"]:
    write("golden-heads.onnx", 21, HEADS)
    write("golden-heads-opset9.onnx", 9, [(older_heads, 40)])
    write("golden-attention.onnx", 23, ATTENTION)
else:
    write("golden.onnx", 20, FAMILIES)
    write("golden-opset9.onnx", 9, [(older, 80)])
