package op

import (
	"iter"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
)

// schema is what ONNX publishes of an operator in one opset. Each string is a list with spaces between its
// entries:
//
//	inputs    data axes? rest*        ? for an optional one, * for any number of the last one
//	outputs   0 =7 1|2 @to ? 0*       the type: that of input 0; number 7; that of input 1, or of
//	                                  input 2 where 1 is absent; in the attribute "to"; not said
//	          s0 -0 o0 ~0             a sequence of what input 0 is; one of what the sequence input 0 holds; the same
//	                                  of an optional, where an input that is no optional counts as what it holds
//	          f1                      that of input 1 where it is a type of floating-point numbers
//	attrs     axis:i=1 perm:I to:i!   the name, the letter of its kind, its default or ! for a required one
type schema struct{ inputs, outputs, attrs string }

// words visits the entries of a list.
func words(list string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := 0; list != ""; i++ {
			word, rest, _ := strings.Cut(list, " ")
			if !yield(i, word) {
				return
			}
			list = rest
		}
	}
}

// input is the place of the input of that name, −1 where there is none.
func (s schema) input(name string) int {
	for i, word := range words(s.inputs) {
		if strings.TrimRight(word, "?*") == name {
			return i
		}
	}
	return -1
}

// checkInputs compares the number of inputs.
func (s schema) checkInputs(n *graph.Node) error {
	most := 0
	for i, word := range words(s.inputs) {
		most = i + 1
		switch word[len(word)-1] {
		case '*':
			return nil
		case '?':
		default:
			if n.Input(i) == nil {
				return fault(Invalid, "its input %s is absent", word)
			}
		}
	}
	for i := most; i < n.NumInputs(); i++ {
		if n.Input(i) != nil {
			return fault(Invalid, "it has more inputs than %s has in opset %d", n.OpType, n.Graph().Opset())
		}
	}
	return nil
}

// checkAttributes compares the kinds of the attributes, and whether the required ones are there. One that
// the schema does not know is left to whoever knows it.
func (s schema) checkAttributes(n *graph.Node) error {
	for _, word := range words(s.attrs) {
		name, rest, _ := strings.Cut(word, ":")
		a := n.Attr(name)
		switch {
		case a == nil && strings.HasSuffix(rest, "!"):
			return fault(Invalid, "its attribute %s is absent", name)
		case a == nil:
		case a.Ref != "":
			return fault(Invalid, "its attribute %s takes its value from the function around it", name)
		case a.Kind != kindOf(rest[0]):
			return fault(Invalid, "its attribute %s is of the wrong kind", name)
		}
	}
	return nil
}

// kindOf is the kind that a letter stands for.
func kindOf(letter byte) graph.AttrKind {
	switch letter {
	case 'f':
		return graph.AttrFloat
	case 'i':
		return graph.AttrInt
	case 's':
		return graph.AttrString
	case 't':
		return graph.AttrTensor
	case 'g':
		return graph.AttrGraph
	case 'F':
		return graph.AttrFloats
	case 'I':
		return graph.AttrInts
	case 'S':
		return graph.AttrStrings
	case 'p':
		return graph.AttrSparseTensor
	}
	return graph.AttrTypeProto
}

// attribute is what the table says of the attribute of that name: its kind and default.
func (s schema) attribute(name string) (string, bool) {
	for _, word := range words(s.attrs) {
		if of, rest, _ := strings.Cut(word, ":"); of == name {
			return rest, true
		}
	}
	return "", false
}

func (s schema) hasAttribute(name string) bool {
	_, ok := s.attribute(name)
	return ok
}

// stringDefault is the published default of an attribute as it is written, "" where there is none.
func (s schema) stringDefault(name string) string {
	rest, _ := s.attribute(name)
	_, def, _ := strings.Cut(rest, "=")
	return def
}

func (s schema) intDefault(name string) int64 {
	v, err := strconv.ParseInt(s.stringDefault(name), 10, 64)
	if err != nil {
		return 0
	}
	return v
}

func (s schema) floatDefault(name string) float32 {
	v, err := strconv.ParseFloat(s.stringDefault(name), 32)
	if err != nil {
		return 0
	}
	return float32(v)
}

// element is the rule for the element type of a result.
func (s schema) element(result int) string {
	for i, word := range words(s.outputs) {
		rule, any := strings.CutSuffix(word, "*")
		if i == result || any {
			return rule
		}
	}
	return "?"
}
