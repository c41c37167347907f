package verify

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// BytesResult is how a file compares with the graph that the passes make: nodes and names, and each initializer bit by bit
// with the recipe's numbers, rounded once to its type. Metadata and documentation are not compared.
type BytesResult struct {
	Equal bool `json:"equal"` // whether all is the same, byte by byte
	// Detail is where the graphs differ otherwise than in the numbers of initializers; "" for nowhere.
	Detail  string        `json:"detail,omitempty"`
	Tensors []TensorBytes `json:"tensors,omitempty"` // that differ, the most first
	// Renamed says that the file calls its values otherwise, and that they were compared by their place in the graph.
	Renamed bool `json:"renamed,omitempty"`

	// Layers is how many layers have numbers that are off by more than rounding explains.
	Layers int `json:"layers,omitempty"`
	// MadeUp says that several layers are off, and that what lies between the values of both models was compared and is equal: then
	// they make up for each other.
	MadeUp bool `json:"made_up,omitempty"`
}

// TensorBytes is an initializer that is not what the passes make of it.
type TensorBytes struct {
	Name     string `json:"name"`     // name of the tensor
	ULPs     Number `json:"ulps"`     // the largest difference in units in the last place; null for other types or shapes
	Relative Number `json:"relative"` // over the largest magnitude of the output channel, the worst channel
	rounded  bool   // it is no more than another way of rounding makes
}

// maxTensors is how many initializers that differ a result lists.
const maxTensors = 20

// Rounded reports whether the file is the same graph with initializers that differ by no more than arithmetic in their own
// type explains, such as that of another program that folds.
func (r BytesResult) Rounded() bool {
	return r.Detail == "" && !slices.ContainsFunc(r.Tensors, func(t TensorBytes) bool { return !t.rounded })
}

// Off reports whether a file is known not to give the same answers. made says that it is meant to be what the passes make; then it has
// to be, bit by bit. Another file may be the same graph with numbers that were rounded in another way, or another graph. Two layers that
// are off may make up for each other, such as one times 2 and the next by 2; one cannot. Where the names are the same that has to be shown.
func (r *BytesResult) Off(made bool) bool {
	return r != nil && !r.Equal && (made || r.Detail == "" && !r.Rounded() && !r.MadeUp && !(r.Renamed && r.Layers > 1))
}

// CompareBytes compares the graph of a file with one whose initializers may be recipes.
func CompareBytes(want, file *graph.Model) (BytesResult, error) {
	c := bytesComparison{off: map[*graph.Node]bool{}}
	if !slices.Equal(want.Opsets, file.Opsets) {
		c.differ("the operator sets are %s, not %s", opsetsOf(file), opsetsOf(want))
	}
	if err := c.graphs(want.Graph, file.Graph); err != nil {
		return BytesResult{}, err
	}
	if err := c.functions(want.Functions(), file.Functions()); err != nil {
		return BytesResult{}, err
	}
	slices.SortStableFunc(c.result.Tensors, func(a, b TensorBytes) int {
		if worse(float64(a.Relative), float64(b.Relative)) {
			return -1
		}
		if worse(float64(b.Relative), float64(a.Relative)) {
			return 1
		}
		return 0
	})
	c.result.Equal = c.result.Detail == "" && len(c.result.Tensors) == 0
	c.result.Layers = len(c.off)
	if len(c.result.Tensors) > maxTensors {
		c.result.Tensors = c.result.Tensors[:maxTensors]
	}
	return c.result, nil
}

// opsetsOf is the operator sets of a model, such as "ai.onnx 17".
func opsetsOf(m *graph.Model) string {
	list := make([]string, len(m.Opsets))
	for i, o := range m.Opsets {
		list[i] = fmt.Sprintf("%s %d", cmp.Or(o.Domain, "ai.onnx"), o.Version)
	}
	return strings.Join(list, ", ")
}

type bytesComparison struct {
	result BytesResult
	off    map[*graph.Node]bool // layers with other numbers
}

// differ notes the first difference that is not one of numbers.
func (c *bytesComparison) differ(format string, args ...any) {
	if c.result.Detail == "" {
		c.result.Detail = fmt.Sprintf(format, args...)
	}
}

func (c *bytesComparison) graphs(want, file *graph.Graph) error {
	if a, b := interfaceOf(want), interfaceOf(file); a != b {
		c.differ("inputs and outputs are %s, not %s", b, a)
	}
	a, b := slices.Collect(want.Nodes()), slices.Collect(file.Nodes())
	if len(a) != len(b) {
		c.differ("graph %q has %d nodes, not %d", file.Name, len(b), len(a))
		return nil
	}
	for i := range a {
		if err := c.nodes(a[i], counterpart(file, a[i], b[i])); err != nil || c.result.Detail != "" {
			return err
		}
	}
	for v := range want.Initializers() {
		w := file.Lookup(v.Name())
		if w == nil || !w.IsInitializer() {
			c.differ("initializer %q is missing", v.Name())
			continue
		}
		before := len(c.result.Tensors)
		if err := c.tensors(v, w); err != nil {
			return fmt.Errorf("compare initializer %q: %w", v.Name(), err)
		}
		if more := c.result.Tensors[before:]; len(more) > 0 && !more[0].rounded {
			c.off[reader(v)] = true
		}
	}
	for v := range file.Initializers() {
		if w := want.Lookup(v.Name()); w == nil || !w.IsInitializer() {
			c.differ("initializer %q is one that the passes do not make", v.Name())
		}
	}
	return nil
}

// reader is the first node that reads a value; nil for none.
func reader(v *graph.Value) *graph.Node {
	for use := range v.Uses() {
		return use.Node
	}
	return nil
}

// counterpart is the node of a graph that computes a value of the same name; of nodes that do not depend on each other, a file may
// have any first.
func counterpart(file *graph.Graph, n, inOrder *graph.Node) *graph.Node {
	for k := range n.NumOutputs() {
		if v := n.Output(k); v != nil {
			if w := file.Lookup(v.Name()); w != nil && w.Producer() != nil && w.Graph() == file {
				return w.Producer()
			}
			break
		}
	}
	return inOrder
}

// String says in a sentence without a full stop what is off; "" for nothing.
func (r BytesResult) String() string {
	switch {
	case r.Equal:
		return ""
	case r.Detail != "":
		return "the second file is not what the passes make of the first: " + r.Detail
	}
	w := r.Tensors[0]
	text := fmt.Sprintf("initializer %q of the second file is not what the passes make: another type or shape", w.Name)
	if finite(float64(w.Relative)) {
		text = fmt.Sprintf("initializer %q of the second file is %.2g %% off what the passes make, %.0f units in the last place", w.Name, 100*float64(w.Relative), float64(w.ULPs))
	}
	if more := len(r.Tensors) - 1; more > 0 {
		text += fmt.Sprintf("; %d more initializers are off", more)
	}
	return text
}

// functions compares the functions of two models, which have an order of their own.
func (c *bytesComparison) functions(want, file []*graph.Function) error {
	for _, a := range want {
		k := slices.IndexFunc(file, func(b *graph.Function) bool { return b.Label() == a.Label() })
		if k < 0 || len(want) != len(file) || !slices.EqualFunc(a.Defaults, file[k].Defaults, func(x, y *graph.Attr) bool { return samePlain(*x, *y) }) {
			c.differ("function %s is not that of the passes' model", a.Label())
			return nil
		}
		if a.Body == nil || file[k].Body == nil {
			continue // its calls cannot be understood, and no pass touches them
		}
		if err := c.graphs(a.Body, file[k].Body); err != nil {
			return err
		}
	}
	return nil
}

// interfaceOf is the inputs and outputs of a graph. Before IR 4 a file lists every initializer among the inputs.
func interfaceOf(g *graph.Graph) string {
	var b strings.Builder
	for _, v := range g.Inputs() {
		if v.Constant() != nil {
			continue
		}
		b.WriteString(v.Name() + " " + v.Type().String() + ", ")
	}
	b.WriteString("=> ")
	for _, v := range g.Outputs() {
		b.WriteString(v.Name() + ", ")
	}
	return b.String()
}

func (c *bytesComparison) nodes(want, file *graph.Node) error {
	same := want.OpType == file.OpType && want.Domain == file.Domain && want.Overload == file.Overload && want.NumInputs() == file.NumInputs() &&
		want.NumOutputs() == file.NumOutputs() && len(want.Attrs()) == len(file.Attrs())
	for k := 0; same && k < want.NumInputs(); k++ {
		same = nameOf(want.Input(k)) == nameOf(file.Input(k))
	}
	for k := 0; same && k < want.NumOutputs(); k++ {
		same = nameOf(want.Output(k)) == nameOf(file.Output(k))
	}
	for _, a := range want.Attrs() {
		if !same {
			break
		}
		b := file.Attr(a.Name)
		same = b != nil && len(a.Graphs) == len(b.Graphs) && (a.Graph == nil) == (b.Graph == nil) && samePlain(*a, *b)
	}
	if !same {
		c.differ("node %s (%s) is not the node that the passes make, %s (%s)", file.Label(), file.OpType, want.Label(), want.OpType)
		return nil
	}
	subs := slices.Collect(file.Subgraphs())
	for k, g := range slices.Collect(want.Subgraphs()) {
		if err := c.graphs(g, subs[k]); err != nil {
			return err
		}
	}
	return nil
}

func nameOf(v *graph.Value) string {
	if v == nil {
		return ""
	}
	return v.Name()
}

// tensors compares two initializers bit by bit.
func (c *bytesComparison) tensors(want, file *graph.Value) error {
	a, b := want.Data(), file.Data()
	if a == b {
		return nil
	}
	if a == nil || b == nil || a.Type() != b.Type() || !slices.Equal(a.Shape(), b.Shape()) {
		c.result.Tensors = append(c.result.Tensors, TensorBytes{Name: want.Name(), ULPs: Number(math.NaN()), Relative: Number(math.NaN())})
		return nil
	}
	if a.Type() == tensor.String {
		if !slices.Equal(a.Strings(), b.Strings()) {
			c.result.Tensors = append(c.result.Tensors, TensorBytes{Name: want.Name(), ULPs: Number(math.NaN()), Relative: Number(math.NaN())})
		}
		return nil
	}
	rawA, err := a.Bytes()
	if err != nil {
		return err
	}
	rawB, err := b.Bytes()
	if err != nil {
		return err
	}
	if bytes.Equal(rawA, rawB) {
		return nil
	}
	rounded, err := tensor.New(a.Type(), a.Shape(), rawA)
	if err != nil {
		return err
	}
	c.result.Tensors = append(c.result.Tensors, compareTensor(want.Name(), rounded, b))
	return nil
}

// roundings is how many unit round-offs of a channel's largest number a program may be off that folds in the tensor's own
// type: a product, a quotient, a root and a sum or two.
const roundings = 8

// compareTensor tells how far two tensors of one type and shape are apart.
func compareTensor(name string, want, got *tensor.Tensor) TensorBytes {
	t := TensorBytes{Name: name, rounded: want.Type().IsFloat()}
	t.Relative = Number(channelsApart(want, got))
	a, b := want.Numbers(), got.Numbers()
	for i := range a {
		t.ULPs = max(t.ULPs, Number(ulps(want.Type(), a[i], b[i])))
	}
	t.rounded = t.rounded && float64(t.Relative) <= roundings*unitRoundoff(want.Type())
	return t
}

// channelsApart is the largest difference of two weights of one shape over the largest magnitude of the output channel, the worst channel.
func channelsApart(want, got *tensor.Tensor) float64 {
	a, b := want.Numbers(), got.Numbers()
	rows := 1
	if want.Rank() > 1 { // a bias has one number a channel, and its size is that of all
		rows = max(int(want.Shape()[0]), 1)
	}
	width, worst := len(a)/rows, 0.0
	for k := range rows {
		var d tensor.Difference
		d.Add(a[k*width:(k+1)*width], b[k*width:(k+1)*width])
		if rel := d.Relative(); worse(rel, worst) {
			worst = rel
		}
	}
	return worst
}

// ulps is how many numbers of a type are between two of them; the difference for integers.
func ulps(t tensor.Type, a, b float64) float64 {
	switch {
	case a == b || math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a) || math.IsNaN(b):
		return math.Inf(1)
	}
	switch t {
	case tensor.Float64:
		return math.Abs(float64(ordinal(math.Float64bits(a), 64) - ordinal(math.Float64bits(b), 64)))
	case tensor.Float32:
		return math.Abs(float64(ordinal(uint64(math.Float32bits(float32(a))), 32) - ordinal(uint64(math.Float32bits(float32(b))), 32)))
	case tensor.Float16:
		return math.Abs(float64(ordinal(uint64(tensor.Float64ToFloat16(a)), 16) - ordinal(uint64(tensor.Float64ToFloat16(b)), 16)))
	case tensor.BFloat16:
		return math.Abs(float64(ordinal(uint64(tensor.Float64ToBFloat16(a)), 16) - ordinal(uint64(tensor.Float64ToBFloat16(b)), 16)))
	}
	return math.Abs(a - b)
}

// ordinal counts the floating-point numbers of a width from zero on, negative below it.
func ordinal(bits uint64, width uint) int64 {
	sign := uint64(1) << (width - 1)
	if bits&sign != 0 {
		return -int64(bits &^ sign)
	}
	return int64(bits)
}
