package equal

import (
	"encoding/binary"
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Keys writes nodes of one model as keys. Two nodes that have one key compute the same results.
type Keys struct {
	values  map[*graph.Value]int64   // numbers of values that are not constant
	tensors map[*tensor.Tensor]int64 // and of constants that are too large to be written
	local   map[*graph.Value]int64   // and of values in the graphs of the node that is written
	nodes   int                      // of these graphs, that may still be written
	text    []byte
}

// NewKeys makes an empty list of numbers.
func NewKeys() *Keys {
	return &Keys{values: map[*graph.Value]int64{}, tensors: map[*tensor.Tensor]int64{}}
}

// mostInside bounds the nodes in the graphs of a node that has a key.
const mostInside = 64

// Of is the key of a node; false where it may give another result each time, or is not understood well enough to tell.
func (k *Keys) Of(n *graph.Node) (string, bool) {
	k.text, k.local, k.nodes = k.text[:0], nil, mostInside
	if !k.node(n) {
		return "", false
	}
	return string(k.text), true
}

// node writes a node.
func (k *Keys) node(n *graph.Node) bool {
	if !IsDeterministic(n) {
		return false
	}
	k.word(domain(n))
	k.word(n.OpType)
	k.number(int64(n.NumOutputs()))
	for i := range n.NumOutputs() {
		k.flag(n.Output(i) != nil)
	}
	inputs := n.NumInputs()
	for inputs > 0 && n.Input(inputs-1) == nil {
		inputs--
	}
	k.number(int64(inputs))
	for i := range inputs {
		if !k.value(n.Input(i)) {
			return false
		}
	}
	return k.attributes(n)
}

// value writes a value: a small constant by its numbers, everything else by a number of its own.
func (k *Keys) value(v *graph.Value) bool {
	switch number, local := k.local[v]; {
	case v == nil:
		k.text = append(k.text, '-')
	case v.Constant() != nil:
		return k.constant(v.Constant())
	case local:
		k.text = append(k.text, 'l')
		k.number(number)
	default:
		k.text = append(k.text, 'v')
		k.number(numbered(k.values, v))
	}
	return true
}

// constant writes a constant. Floating-point numbers that are equal in the file are not taken for equal, unless there is
// only one: deduplicate_initializers says why.
func (k *Keys) constant(t *tensor.Tensor) bool {
	const most = 256 // bytes
	switch {
	case t.Type().IsFloat() && t.Len() == 1:
		k.shape('f', t)
		k.text = binary.LittleEndian.AppendUint64(k.text, math.Float64bits(t.Float64s()[0]))
		return true
	case t.Type() != tensor.String && !t.Type().IsFloat() && t.ByteSize() <= most:
		raw, err := t.Bytes()
		if err != nil {
			return false
		}
		k.shape('i', t)
		k.word(string(raw))
		return true
	}
	k.text = append(k.text, 't')
	k.number(numbered(k.tensors, t))
	return true
}

// shape writes the type and the shape of a constant behind a letter.
func (k *Keys) shape(letter byte, t *tensor.Tensor) {
	k.text = append(k.text, letter)
	k.number(int64(t.Type()))
	k.number(int64(t.Rank()))
	for _, size := range t.Shape() {
		k.number(size)
	}
}

// numbered is the number of a thing, a new one where it has none.
func numbered[T comparable](numbers map[T]int64, of T) int64 {
	number, ok := numbers[of]
	if !ok {
		number = int64(len(numbers))
		numbers[of] = number
	}
	return number
}

func (k *Keys) number(n int64) { k.text = binary.AppendVarint(k.text, n) }

func (k *Keys) word(s string) {
	k.number(int64(len(s)))
	k.text = append(k.text, s...)
}

func (k *Keys) flag(on bool) {
	if on {
		k.text = append(k.text, 1)
	} else {
		k.text = append(k.text, 0)
	}
}
