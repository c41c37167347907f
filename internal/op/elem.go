package op

import (
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Type is what is certain of the type of a value, shapes apart.
type Type struct {
	Elem tensor.Type // of its tensors; Undefined where it is not certain
	In   string      // what holds them, from the outside: s for a sequence, o for an optional; "" for a tensor itself
}

// Tensor is the element type of a value that is a tensor, Undefined for another one.
func (t Type) Tensor() tensor.Type {
	if t.In != "" {
		return tensor.Undefined
	}
	return t.Elem
}

// certain reports whether anything is known.
func (t Type) certain() bool { return t.Elem != tensor.Undefined }

// Type is the type of a result of the node, by the types of its inputs and of what its sub-graphs hand out, which the
// caller knows.
func (n Node) Type(result int, of func(*graph.Value) Type) Type {
	switch n.of.OpType {
	case "Constant":
		return typeOfConstant(n.of)
	case "If", "Loop", "Scan", "SequenceMap":
		return n.typeOfBody(result, of)
	}
	for rule := range strings.SplitSeq(n.schema.element(result), "|") {
		if t, ok := n.typeBy(rule, of); ok {
			return t
		}
	}
	return Type{}
}

// typeBy follows one rule; false where it says nothing and the next one counts.
func (n Node) typeBy(rule string, of func(*graph.Value) Type) (Type, bool) {
	switch rule[0] {
	case '?':
		return Type{}, true
	case '=':
		code, err := strconv.Atoi(rule[1:])
		return Type{Elem: tensor.Type(code)}, err == nil
	case '@':
		return n.typeIn(rule[1:])
	case 's', 'o':
		t, ok := n.typeBy(rule[1:], of)
		t.In = rule[:1] + t.In
		return t, ok
	case 'f':
		t, ok := n.typeBy(rule[1:], of)
		return t, ok && t.Elem.IsFloat()
	case '-', '~':
		t, ok := n.typeBy(rule[1:], of)
		holder := map[byte]string{'-': "s", '~': "o"}[rule[0]]
		inside, held := strings.CutPrefix(t.In, holder)
		t.In = inside
		return t, ok && (held || holder == "o")
	}
	i, err := strconv.Atoi(rule)
	if err != nil || n.of.Input(i) == nil {
		return Type{}, false
	}
	t := of(n.of.Input(i))
	return t, t.certain()
}

// typeIn is the type that an attribute names, or that the tensor in it has.
func (n Node) typeIn(name string) (Type, bool) {
	a := n.of.Attr(name)
	switch {
	case a == nil:
		code := n.Int(name)
		return Type{Elem: tensor.Type(code)}, code != 0
	case a.Kind == graph.AttrInt:
		return Type{Elem: tensor.Type(a.Int)}, a.Int != 0
	case a.Kind == graph.AttrTensor && a.Tensor != nil:
		return Type{Elem: a.Tensor.Type()}, true
	case a.Kind == graph.AttrString: // up to opset 5 a Cast spells the type
		for t := tensor.Float32; t.Known(); t++ {
			if strings.EqualFold(t.String(), a.String) {
				return Type{Elem: t}, true
			}
		}
	}
	return Declared(a.Extra), true
}

// Declared is the type that a reader's own message declares: that of an input of a graph that is no dense tensor, or of an
// attribute that holds a type or a sparse tensor.
func Declared(message any) Type {
	if d, ok := message.(interface{ Contents() (int32, string) }); ok {
		elem, in := d.Contents()
		return Type{tensor.Type(elem), in}
	}
	return Type{}
}

// typeOfBody is the type of a result that sub-graphs hand out.
func (n Node) typeOfBody(result int, of func(*graph.Value) Type) Type {
	if state := n.state(result); state != nil {
		if t := of(state); t.certain() && !strings.HasPrefix(t.In, "o") {
			return t // what goes round keeps its type; an optional may come out as what it holds
		}
	}
	at := result
	if n.of.Is("Loop") {
		at++ // after the condition
	}
	for body := range n.of.Subgraphs() {
		if out := body.Outputs(); at < len(out) {
			if t := of(out[at]); t.certain() {
				if n.of.Is("SequenceMap") {
					t.In = "s" + t.In
				}
				return t // all branches of an If have one type
			}
		}
	}
	return Type{}
}

// state is the value that a Loop or Scan starts with where it hands out, as that result, what became of it.
func (n Node) state(result int) *graph.Value {
	switch n.of.OpType {
	case "Loop":
		return n.of.Input(2 + result)
	case "Scan":
		if first, count := n.scanned(); result < count {
			return n.of.Input(first + result)
		}
	}
	return nil
}

// scanned is where the states among the inputs of a Scan start, and how many there are. In opset 8 the lengths of the
// sequences stand before them.
func (n Node) scanned() (first, states int) {
	if n.of.Graph().Opset() < 9 {
		first = 1
	}
	return first, n.of.NumInputs() - first - int(n.Int("num_scan_inputs"))
}

// BodyInput is the type of input i of a sub-graph of the node, by the types of the node's own inputs.
func (n Node) BodyInput(i int, of func(*graph.Value) Type) Type {
	switch n.of.OpType {
	case "Loop":
		switch i {
		case 0:
			return Type{Elem: tensor.Int64}
		case 1:
			return Type{Elem: tensor.Bool}
		}
		return of(n.of.Input(i))
	case "Scan":
		first, _ := n.scanned()
		return of(n.of.Input(first + i))
	case "SequenceMap":
		t := of(n.of.Input(i))
		t.In = strings.TrimPrefix(t.In, "s") // one of the sequence; what is no sequence goes in whole
		return t
	}
	return Type{}
}

// typeOfConstant is the type of a Constant, whose one attribute holds its value.
func typeOfConstant(n *graph.Node) Type {
	for _, a := range n.Attrs() {
		switch a.Name {
		case "value":
			if a.Tensor != nil {
				return Type{Elem: a.Tensor.Type()}
			}
		case "sparse_value":
			return Declared(a.Extra)
		case "value_float", "value_floats":
			return Type{Elem: tensor.Float32}
		case "value_int", "value_ints":
			return Type{Elem: tensor.Int64}
		case "value_string", "value_strings":
			return Type{Elem: tensor.String}
		}
	}
	return Type{}
}
