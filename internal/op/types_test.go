package op_test

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestTypes compares with what ONNX's own inference of types says, and the constraints of its schemas, of every operator
// in every version. generate.py writes the table; it has no operators with sub-graphs, and a * where only the prose of a schema says it.
func TestTypes(t *testing.T) {
	f, err := os.Open("testdata/types.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	results, operators := 0, map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		parts := strings.Split(lines.Text(), "|")
		name, since, _ := strings.Cut(strings.TrimSpace(parts[0]), " ")
		version, err := strconv.ParseInt(since, 10, 64)
		if err != nil || len(parts) != 4 {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		m := graph.NewModel(8, graph.Opset{Version: version})
		n := graph.NewNode(name)
		given := map[*graph.Value]op.Type{}
		for text := range strings.FieldsSeq(parts[1]) {
			if text == "-" {
				n.AddInput(nil)
				continue
			}
			v := m.Graph.NewValue("in")
			given[v] = typeOf(t, text)
			n.AddInput(v)
		}
		for text := range strings.FieldsSeq(parts[2]) {
			n.SetAttr(attribute(text))
		}
		m.Graph.Append(n)
		node, err := op.Of(n)
		if err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		operators[name] = true
		for i, text := range strings.Fields(parts[3]) {
			got := node.Type(i, func(v *graph.Value) op.Type { return given[v] })
			if text == "*" {
				continue
			}
			if results++; got != typeOf(t, text) {
				t.Errorf("%q: result %d is %v", lines.Text(), i, got)
			}
		}
	}
	t.Logf("%d results of %d operators", results, len(operators))
	if results < 3000 || len(operators) < 180 {
		t.Error("that is too few")
	}
}

// typeOf reads a type in ONNX's textual syntax.
func typeOf(t *testing.T, text string) op.Type {
	t.Helper()
	text = strings.TrimSuffix(text, ")")
	if inner, ok := strings.CutPrefix(text, "seq("); ok {
		out := typeOf(t, inner)
		return op.Type{Elem: out.Elem, In: "s" + out.In}
	}
	if inner, ok := strings.CutPrefix(text, "optional("); ok {
		out := typeOf(t, inner)
		return op.Type{Elem: out.Elem, In: "o" + out.In}
	}
	inner, ok := strings.CutPrefix(text, "tensor(")
	for elem := tensor.Float32; ok && elem.Known(); elem++ {
		if elem.String() == strings.Trim(inner, ")") {
			return op.Type{Elem: elem}
		}
	}
	t.Fatalf("%q is no type", text)
	return op.Type{}
}

// attribute reads name=value.
func attribute(text string) *graph.Attr {
	name, value, _ := strings.Cut(text, "=")
	if list, ok := strings.CutPrefix(value, "["); ok {
		list = strings.TrimSuffix(list, "]")
		switch number, err := strconv.ParseFloat(list, 32); {
		case err != nil:
			return &graph.Attr{Name: name, Kind: graph.AttrStrings, Strings: []string{strings.Trim(list, "'")}}
		case strings.Contains(list, "."):
			return &graph.Attr{Name: name, Kind: graph.AttrFloats, Floats: []float32{float32(number)}}
		default:
			return graph.IntsAttr(name, int64(number))
		}
	}
	if v, err := strconv.ParseInt(value, 10, 64); err == nil {
		return graph.IntAttr(name, v)
	}
	if v, err := strconv.ParseFloat(value, 32); err == nil {
		return graph.FloatAttr(name, float32(v))
	}
	return graph.StringAttr(name, value)
}

// TestTypesOfBodies: what sub-graphs hand out, and what they are handed.
func TestTypesOfBodies(t *testing.T) {
	body := func(m *graph.Model, outputs ...*graph.Value) *graph.Attr {
		sub := m.Graph.NewSubgraph("body")
		for _, v := range outputs {
			sub.AddOutput(v)
		}
		return &graph.Attr{Name: "body", Kind: graph.AttrGraph, Graph: sub}
	}
	for name, c := range map[string]struct {
		op     string
		opset  int64
		inputs []op.Type
		out    []op.Type // of the sub-graph
		attr   *graph.Attr
		result int
		want   op.Type
	}{
		"a state of a Loop":        {"Loop", 16, []op.Type{{}, {}, {Elem: tensor.Float16}}, []op.Type{{Elem: tensor.Bool}, {}, {}}, nil, 0, op.Type{Elem: tensor.Float16}},
		"a list that a Loop makes": {"Loop", 16, []op.Type{{}, {}, {Elem: tensor.Float16}}, []op.Type{{Elem: tensor.Bool}, {}, {Elem: tensor.Int8}}, nil, 1, op.Type{Elem: tensor.Int8}},
		"a sequence in a Loop":     {"Loop", 16, []op.Type{{}, {}, {Elem: tensor.Float16, In: "s"}}, nil, nil, 0, op.Type{Elem: tensor.Float16, In: "s"}},
		"an optional in a Loop":    {"Loop", 16, []op.Type{{}, {}, {Elem: tensor.Float16, In: "os"}}, []op.Type{{Elem: tensor.Bool}, {Elem: tensor.Float16, In: "s"}}, nil, 0, op.Type{Elem: tensor.Float16, In: "s"}},
		"a state of a Scan":        {"Scan", 11, []op.Type{{Elem: tensor.Float64}, {Elem: tensor.Float32}}, []op.Type{{}, {}}, graph.IntAttr("num_scan_inputs", 1), 0, op.Type{Elem: tensor.Float64}},
		"a result of a Scan":       {"Scan", 11, []op.Type{{Elem: tensor.Float64}, {Elem: tensor.Float32}}, []op.Type{{}, {Elem: tensor.Int32}}, graph.IntAttr("num_scan_inputs", 1), 1, op.Type{Elem: tensor.Int32}},
		"a state of an old Scan":   {"Scan", 8, []op.Type{{}, {Elem: tensor.Float64}, {Elem: tensor.Float32}}, nil, graph.IntAttr("num_scan_inputs", 1), 0, op.Type{Elem: tensor.Float64}},
		"what a sequence maps to":  {"SequenceMap", 17, []op.Type{{Elem: tensor.Float64, In: "s"}}, []op.Type{{Elem: tensor.Int8}}, nil, 0, op.Type{Elem: tensor.Int8, In: "s"}},
		"more than there is":       {"SequenceMap", 17, []op.Type{{Elem: tensor.Float64, In: "s"}}, nil, nil, 0, op.Type{}},
	} {
		t.Run(name, func(t *testing.T) {
			m := graph.NewModel(8, graph.Opset{Version: c.opset})
			n := graph.NewNode(c.op)
			types := map[*graph.Value]op.Type{}
			for _, typ := range c.inputs {
				v := m.Graph.NewValue("in")
				types[v] = typ
				n.AddInput(v)
			}
			var out []*graph.Value
			for _, typ := range c.out {
				v := m.Graph.NewValue("out")
				types[v] = typ
				out = append(out, v)
			}
			n.SetAttr(body(m, out...))
			if c.attr != nil {
				n.SetAttr(c.attr)
			}
			m.Graph.Append(n)
			node, err := op.Of(n)
			if err != nil {
				t.Fatal(err)
			}
			if got := node.Type(c.result, func(v *graph.Value) op.Type { return types[v] }); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
