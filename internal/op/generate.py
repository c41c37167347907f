"""Writes schemas_generated.go: the published schemas of ONNX's own operators, in every version.

    pip install onnx==1.22.0
    python internal/op/generate.py > internal/op/schemas_generated.go
    python internal/op/generate.py types > internal/op/testdata/types.golden

The second is what a test compares with: for every operator in every version, types of inputs and of results.

schema.go says how the strings of the table read. What a schema says only in its prose stands here, in
DEFAULTS and ELEMENTS, so that it is in one place.
"""

import struct
import sys

import onnx
import onnx.defs
import onnx.helper
import onnx.shape_inference

VERSION = "1.22.0"

# Defaults that the text of a schema gives and its table of attributes does not.
DEFAULTS = {
    ("Concat", 1, "axis"): "1",
}

# Element types of results that the text of a schema gives and its type constraints do not, by operator
# and result, and from which opset on where a number stands between: by an attribute that holds the type, or by the tensor in an attribute; how
# sequences and optionals hold tensors.
ELEMENTS = {
    ("Bernoulli", 0): "@dtype|0",
    ("BlackmanWindow", 0): "@output_datatype",
    ("BitCast", 0): "@to",
    ("Cast", 0): "@to",
    ("ConcatFromSequence", 0): "-0",
    ("ConstantOfShape", 0): "@value|=1",
    ("DequantizeLinear", 23, 0): "@output_dtype|f1",
    ("EyeLike", 0): "@dtype|0",
    ("HammingWindow", 0): "@output_datatype",
    ("HannWindow", 0): "@output_datatype",
    ("LayerNormalization", 1): "@stash_type",
    ("LayerNormalization", 2): "@stash_type",
    ("LinearAttention", 1): "3|0",
    ("MelWeightMatrix", 0): "@output_datatype",
    ("Multinomial", 0): "@dtype",
    ("Optional", 0): "o0|o@type",
    ("OptionalGetElement", 0): "~0",
    ("QuantizeLinear", 0): "2|@output_dtype|=2",
    ("RandomNormal", 0): "@dtype",
    ("RandomNormalLike", 0): "@dtype|0",
    ("RandomUniform", 0): "@dtype",
    ("RandomUniformLike", 0): "@dtype|0",
    ("SequenceAt", 0): "-0",
    ("SequenceConstruct", 0): "s0",
    ("SequenceEmpty", 0): "s@dtype|s=1",
    ("SequenceInsert", 0): "0|s1",
    ("SplitToSequence", 0): "s0",
}

# Operators whose results are of types that their sub-graphs or their attributes have; elem.go knows them by name.
BODIES = {"Constant", "If", "Loop", "Scan", "SequenceMap"}

# Attributes that say how memory may be reused, not what is computed; files leave the required ones out.
HINTS = {"consumed_inputs"}

# The letter of each kind of attribute.
KINDS = {
    "FLOAT": "f", "INT": "i", "STRING": "s", "TENSOR": "t", "GRAPH": "g",
    "FLOATS": "F", "INTS": "I", "STRINGS": "S", "SPARSE_TENSOR": "p", "TYPE_PROTO": "y",
}

OPTION = onnx.defs.OpSchema.FormalParameterOption


def attribute(schema, a):
    text = f"{a.name}:{KINDS[str(a.type).split('.')[-1]]}"
    if a.required:
        return text + "!"
    default = DEFAULTS.get((schema.name, schema.since_version, a.name))
    d = a.default_value
    if d.type == onnx.AttributeProto.INT:
        default = str(d.i)
    elif d.type == onnx.AttributeProto.FLOAT:
        default = f"{struct.unpack('f', struct.pack('f', d.f))[0]:.9g}"
    elif d.type == onnx.AttributeProto.STRING:
        default = d.s.decode()
    if default is None:
        return text
    assert " " not in default, (schema.name, a.name, default)
    return f"{text}={default}"


def parameter(p):
    return p.name + {OPTION.Single: "", OPTION.Optional: "?", OPTION.Variadic: "*"}[p.option]


def code(name):
    """The number of tensor(name), None for what is no tensor."""
    if not name.startswith("tensor("):
        return None
    spelled = {"float": "FLOAT", "double": "DOUBLE"}.get(name[7:-1], name[7:-1].upper())
    return onnx.TensorProto.DataType.Value(spelled)


def told(schema, i):
    """The rule of ELEMENTS for a result, None where there is none."""
    since = [k[1] for k in ELEMENTS if len(k) == 3 and k[::2] == (schema.name, i) and k[1] <= schema.since_version]
    return ELEMENTS[(schema.name, max(since), i)] if since else ELEMENTS.get((schema.name, i))


def element(schema, i, out):
    constraints = {c.type_param_str: c.allowed_type_strs for c in schema.type_constraints}
    allowed = constraints.get(out.type_str, [out.type_str])
    rule = told(schema, i)
    alike = [str(k) for k, p in enumerate(schema.inputs)
             if p.type_str == out.type_str and (p.option != OPTION.Variadic or p.is_homogeneous)]
    if rule is None and len(allowed) == 1:
        number = code(allowed[0])
        assert number is not None, (schema.name, allowed)
        rule = f"={number}"
    elif rule is None and alike and (out.option != OPTION.Variadic or out.is_homogeneous):
        rule = "|".join(alike)
    elif rule is None:
        assert schema.name in BODIES, f"the type of result {i} of {schema.name} in opset {schema.since_version} is not said"
        rule = "?"
    return rule + ("*" if out.option == OPTION.Variadic else "")


def row(schema):
    return (
        " ".join(parameter(p) for p in schema.inputs),
        " ".join(element(schema, i, o) for i, o in enumerate(schema.outputs)),
        " ".join(attribute(schema, a) for name, a in sorted(schema.attributes.items()) if name not in HINTS),
    )


def main():
    assert onnx.__version__ == VERSION, f"onnx {VERSION} is needed, this is {onnx.__version__}"
    operators = {}
    for s in onnx.defs.get_all_schemas_with_history():
        if s.domain == "" and not s.deprecated:
            operators.setdefault(s.name, []).append(s)
    print(f"// Code generated by generate.py from the schemas of onnx {VERSION}; DO NOT EDIT.\n")
    print("package op\n")
    print("// published is the schema of an operator in an opset; false where there is none.")
    print("func published(name string, opset int64) (schema, bool) {")
    print("\tswitch name {")
    for name in sorted(operators):
        rows = []
        for s in sorted(operators[name], key=lambda s: s.since_version):
            if not rows or rows[-1][1] != row(s):
                rows.append((s.since_version, row(s)))
        print(f'\tcase "{name}":\n\t\tswitch {{')
        for since, (inputs, outputs, attrs) in reversed(rows):
            print(f'\t\tcase opset >= {since}:\n\t\t\treturn schema{{"{inputs}", "{outputs}", "{attrs}"}}, true')
        print("\t\t}")
    print("\t}\n\treturn schema{}, false\n}")


def spelled(t):
    """A type in ONNX's textual syntax."""
    kind = t.WhichOneof("value")
    if kind == "sequence_type":
        return f"seq({spelled(t.sequence_type.elem_type)})"
    if kind == "optional_type":
        return f"optional({spelled(t.optional_type.elem_type)})"
    names = {"FLOAT": "float", "DOUBLE": "double"}
    name = onnx.TensorProto.DataType.Name(t.tensor_type.elem_type)
    return f"tensor({names.get(name, name.lower())})"


def typed(text):
    """The type of such a text."""
    if text.startswith("seq("):
        return onnx.helper.make_sequence_type_proto(typed(text[4:-1]))
    if text.startswith("optional("):
        return onnx.helper.make_optional_type_proto(typed(text[9:-1]))
    return onnx.helper.make_tensor_type_proto(code(text), None)


# Values of required attributes, and of those that name a type, by operator.
VALUES = {
    "BitCast": [{"to": 6}], "Cast": [{"to": 1}, {"to": 7}, {"to": 10}], "EyeLike": [{}, {"dtype": 11}],
    "RandomNormalLike": [{}, {"dtype": 11}], "RandomUniformLike": [{}, {"dtype": 11}], "Bernoulli": [{}, {"dtype": 11}],
    "Multinomial": [{}, {"dtype": 7}], "SequenceEmpty": [{}, {"dtype": 7}], "DequantizeLinear": [{}, {"output_dtype": 10}],
    "QuantizeLinear": [{}, {"output_dtype": 3}], "LayerNormalization": [{}, {"stash_type": 1}], "HannWindow": [{}, {"output_datatype": 11}],
    "RandomNormal": [{}, {"dtype": 11}], "RandomUniform": [{}, {"dtype": 11}], "MelWeightMatrix": [{}, {"output_datatype": 11}],
}
REQUIRED = {"i": 1, "f": 1.0, "s": "x", "I": [1], "F": [1.0], "S": ["x"]}


def inferred(schema, attrs, inputs):
    """What ONNX's own inference says of the results, by name; nothing where it says nothing."""
    names = [f"i{k}" if t else "" for k, t in enumerate(inputs)]
    node = onnx.helper.make_node(schema.name, names, [f"o{k}" for k, _ in enumerate(schema.outputs)], **attrs)
    known = {f"i{k}": typed(t) for k, t in enumerate(inputs) if t}
    opset = [onnx.helper.make_opsetid("", schema.since_version)]
    try:
        found = onnx.shape_inference.infer_node_outputs(schema, node, known, opset_imports=opset)
    except Exception:
        return {}
    return {name: spelled(t) for name, t in found.items() if t.WhichOneof("value")}


def expected(schema, chosen, inputs, attrs):
    """The types of the results: those that are inferred, or else those that the constraints leave, * where only prose says it."""
    by_inference = inferred(schema, attrs, inputs)
    allowed = {c.type_param_str: c.allowed_type_strs for c in schema.type_constraints}
    out = []
    for k, o in enumerate(schema.outputs):
        types = allowed.get(o.type_str, [o.type_str])
        homogeneous = o.option != OPTION.Variadic or o.is_homogeneous
        by_schema = types[0] if len(types) == 1 else chosen.get(o.type_str) if homogeneous else None
        found = by_inference.get(f"o{k}")
        if told(schema, k) is None:
            assert found is None or by_schema is None or found == by_schema, (schema.name, schema.since_version, k, found, by_schema)
            found = by_schema if found is None else found
        assert found or told(schema, k), (schema.name, schema.since_version, k)
        out.append(found or "*")
    return out


def examples(schema):
    """Types of the inputs: each type that a parameter may have once, and without the inputs that may be absent."""
    allowed = {c.type_param_str: c.allowed_type_strs for c in schema.type_constraints}
    parameters = {p.type_str for p in schema.inputs}
    base = {t: allowed.get(t, [t])[0] for t in parameters}
    for parameter in sorted(parameters):
        for t in allowed.get(parameter, [parameter]):
            chosen = {**base, parameter: t}
            yield chosen, [chosen[p.type_str] for p in schema.inputs]
    yield base, [base[p.type_str] if p.option != OPTION.Optional else "" for p in schema.inputs]


def types():
    for s in sorted(onnx.defs.get_all_schemas_with_history(), key=lambda s: (s.name, s.since_version)):
        if s.domain != "" or s.deprecated or s.name in BODIES:
            continue
        required = {name: REQUIRED[KINDS[str(a.type).split(".")[-1]]] for name, a in s.attributes.items()
                    if a.required and name not in HINTS}
        seen = set()
        for values in VALUES.get(s.name, [{}]):
            values = {name: v for name, v in values.items() if name in s.attributes}
            if s.name == "Cast" and s.since_version < 6:
                values = {"to": onnx.TensorProto.DataType.Name(values["to"])}
            for chosen, inputs in examples(s):
                attrs = {**required, **values}
                out = expected(s, chosen, inputs, attrs)
                text = " ".join(f"{name}={v}".replace(" ", "") for name, v in sorted(attrs.items()))
                line = f"{s.name} {s.since_version} | {' '.join(t or '-' for t in inputs)} | {text} | {' '.join(out)}"
                if line not in seen:
                    print(line)
                seen.add(line)


if sys.argv[1:] == ["types"]:
    types()
else:
    main()
