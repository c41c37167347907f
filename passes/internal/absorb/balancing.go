package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// maxBalanced bounds the values between layers that are balanced together.
const maxBalanced = 4096

// balancing finds a [Balance]. The labels of a value are classes; where numbers of two meet, these become one.
type balancing struct {
	Balance
	graph   *graph.Graph
	known   *shapes.Shapes
	classes classes
	labels  map[*graph.Value]labels
	open    []*graph.Value // whose neighbours have not been looked at
	front   map[*graph.Node]bool
	behind  map[*graph.Node]bool
}

// classes is a forest whose roots stand for what was joined. The first class is that of numbers which keep their scale.
type classes []int

func (c *classes) add() int {
	*c = append(*c, len(*c))
	return len(*c) - 1
}

func (c classes) root(i int) int {
	for c[i] != i {
		c[i] = c[c[i]]
		i = c[i]
	}
	return i
}

// join makes two classes one.
func (c classes) join(a, b int) (int, bool) {
	switch {
	case a == free:
		return b, true
	case b == free:
		return a, true
	}
	a, b = c.root(a), c.root(b)
	if a > b {
		a, b = b, a
	}
	c[b] = a
	return a, true
}

func (b *balancing) join(x, y int) (int, bool) { return b.classes.join(x, y) }

// visit is the labels of a value, which is in between from now on.
func (b *balancing) visit(v *graph.Value) labels {
	if l, ok := b.labels[v]; ok {
		return l
	}
	b.values, b.open = append(b.values, v), append(b.open, v)
	axes := reading{known: b.known}.axes(v)
	b.labels[v] = everywhere(b.classes.add(), axes)
	if l, ok := b.ofLayer(v, axes); ok {
		b.labels[v] = l
	} else if c := b.crossing(v.Producer()); c != nil && len(b.values) < maxBalanced {
		if l, ok := b.ofOperands(c, v); ok {
			b.labels[v] = l
		}
	}
	return b.labels[v]
}

// ofLayer is a class for each channel that a layer computes.
func (b *balancing) ofLayer(v *graph.Value, axes []extent) (labels, bool) {
	to := b.layerOf(v)
	if to == nil || axes == nil {
		return labels{}, false
	}
	axis := to.result()
	at := axis.Front
	if at < 0 {
		at = len(axes) - 1 - axis.Back
	}
	if at < 0 || at >= len(axes) {
		return labels{}, false
	}
	first := len(b.classes)
	for range axis.Channels {
		b.classes.add()
	}
	period := slices.Repeat([]int{1}, len(axes))
	period[at] = axis.Channels
	return table(axes, period, func(index []int) int { return first + index[at] })
}

// layerOf is the layer that computes a value, nil for other nodes.
func (b *balancing) layerOf(v *graph.Value) target {
	p := v.Producer()
	if p == nil || v.ProducerIndex() != 0 || p.Graph() != b.graph || p.Is("BatchNormalization") {
		return nil
	}
	to, why := readTarget(p, nil, b.known)
	if why != nil {
		return nil
	}
	return to
}

// crossing is an operator that lets scales pass as it is, nil for any other.
func (b *balancing) crossing(n *graph.Node) *crossing {
	if n == nil || n.Graph() != b.graph {
		return nil
	}
	c := readCrossing(n, b.known)
	if c == nil || c.lost || !c.homogeneous {
		return nil
	}
	if c.gate {
		for _, p := range c.parts {
			v := n.Input(p.operand)
			if b.layerOf(v) != nil || v.Producer() != nil && readCrossing(v.Producer(), b.known) != nil {
				c.parts = []part{p}
				return c
			}
		}
		return nil
	}
	return c
}

// ofOperands is the labels that the operands of an operator give a result.
func (b *balancing) ofOperands(c *crossing, v *graph.Value) (labels, bool) {
	var out labels
	first := true
	for _, p := range c.parts {
		if c.node.Output(p.output) != v {
			continue
		}
		l, ok := p.forward(b.visit(c.node.Input(p.operand)), b.join)
		if ok && !first {
			l, ok = l.joined(out, b.join)
		}
		if !ok {
			return l, false
		}
		out, first = l, false
	}
	return out, !first && out.open == closed
}

// neighbours looks at the nodes that give and read a value.
func (b *balancing) neighbours(v *graph.Value) {
	switch c := b.crossing(v.Producer()); {
	case v.Producer() == nil:
		b.pin(v, refusal.NotConstant, "%q is an input or a constant, which no layer scales", v.Name())
	case b.layerOf(v) != nil:
		b.give(v)
	case c != nil:
		b.relate(c)
	default:
		b.pin(v, refusal.NoConvolution, "%q comes from %s, which a scale does not pass", v.Name(), v.Producer().Label())
	}
	for use := range v.Uses() {
		n := use.Node
		switch {
		case n == nil:
			b.pin(v, refusal.SharedOutput, "%q is also an output of the graph; export the model without that output", v.Name())
		case n.Is("Shape"):
		case n.Graph() != b.graph:
			b.pin(v, refusal.SharedOutput, "%q is read in another graph; what is inside an If, Loop or Scan is not balanced with what is outside", v.Name())
		case b.read(v, use):
		default:
			c := b.crossing(n)
			if c == nil || !slices.Contains(c.operands(), use.Index) {
				b.Pins = append(b.Pins, Pin{v, b.stopped(v, use)})
				b.keep(v)
				continue
			}
			b.relate(c)
		}
	}
}

// relate joins the labels on both sides of an operator.
func (b *balancing) relate(c *crossing) {
	for _, p := range c.parts {
		in, out := c.node.Input(p.operand), c.node.Output(p.output)
		l, ok := p.forward(b.visit(in), b.join)
		if ok {
			l, ok = l.joined(b.visit(out), b.join)
		}
		if !ok {
			for _, v := range []*graph.Value{in, out} {
				b.visit(v)
				b.pin(v, refusal.NotChannel, "the channel axis cannot be followed through %s; export the model with its shapes", c.node.Label())
			}
			continue
		}
		b.labels[out] = l
	}
}

// give notes the layer that computes a value.
func (b *balancing) give(v *graph.Value) {
	to := b.layerOf(v)
	class, ok := b.labels[v].perChannel(to.result(), b.join)
	if !ok {
		b.pin(v, refusal.NotChannel, "the channels of %s are not known; export the model with its shapes", to.label())
		return
	}
	n := v.Producer()
	if m, ok := to.(matMul); ok {
		n = m.node
	}
	if !b.front[n] {
		b.front[n] = true
		b.Front = append(b.Front, Layer{n, class, to})
	}
}

// read notes a layer that reads a value; false where a node is none.
func (b *balancing) read(v *graph.Value, use *graph.Use) bool {
	n := use.Node
	if !readsImage(n, use.Index) || n.Is("Add") || n.Is("BatchNormalization") {
		return false
	}
	to, why := readTarget(n, nil, b.known)
	if to == nil && why == nil {
		return false
	}
	var class []int
	ok := why == nil
	if ok {
		class, ok = b.labels[v].perChannel(to.operand(), b.join)
	}
	if !ok {
		if why == nil {
			why = refusal.New(refusal.NotChannel, "the channels of %s are not known; export the model with its shapes", n.Label())
		}
		b.pin(v, why.Reason, "%s", why.Detail)
		return true
	}
	if !b.behind[n] {
		b.behind[n] = true
		b.Behind = append(b.Behind, Layer{n, class, to})
	}
	return true
}

// stopped is why a scale of v does not pass a node that reads it: mostly that is another operand of the node.
func (b *balancing) stopped(v *graph.Value, use *graph.Use) *refusal.Refusal {
	n := use.Node
	c := readCrossing(n, b.known)
	if c == nil {
		return refusal.New(refusal.NoConvolution, "%q goes into %s, which a scale does not pass", v.Name(), n.Label())
	}
	if c.lost {
		for i, in := range n.Inputs() {
			if i != use.Index && in != nil && (reading{n, b.known}).axes(in) == nil {
				return refusal.New(refusal.NotChannel, "the shape of %q, which goes into %s with %q, is not known; export the model with its shapes", in.Name(), n.Label(), v.Name())
			}
		}
	}
	for i, in := range n.Inputs() {
		switch {
		case i == use.Index || in == nil:
		case c.gate && n.Is("Div"):
			return refusal.New(refusal.NoConvolution, "%q divides %q in %s, and of a quotient only the dividend is scaled", v.Name(), in.Name(), n.Label())
		case c.gate:
			return refusal.New(refusal.NoConvolution, "%q is multiplied by %q in %s, and of a product only one factor is scaled", v.Name(), in.Name(), n.Label())
		case n.Is("PRelu"):
			return refusal.New(refusal.NoConvolution, "%q is the slope of %s, and only what the slope is for, %q, is scaled", v.Name(), n.Label(), in.Name())
		}
	}
	return refusal.New(refusal.NoConvolution, "%q goes into %s, which a scale does not pass", v.Name(), n.Label())
}

// pin makes all numbers of a value keep their scale.
func (b *balancing) pin(v *graph.Value, reason, format string, args ...any) {
	b.keep(v)
	b.Pins = append(b.Pins, Pin{v, refusal.New(reason, format, args...)})
}

// keep joins the labels of a value with that of numbers which keep their scale.
func (b *balancing) keep(v *graph.Value) {
	for _, label := range b.labels[v].at {
		_, _ = b.join(label, 0)
	}
}

// number gives the classes that layers have numbers from 0.
func (b *balancing) number() {
	numbers := map[int]int{}
	for _, side := range [][]Layer{b.Front, b.Behind} {
		for _, l := range side {
			for channel, class := range l.Class {
				root := 0
				if class != free {
					root = b.classes.root(class)
				}
				if _, known := numbers[root]; !known && root != 0 {
					numbers[root] = len(numbers)
				}
				l.Class[channel] = free
				if root != 0 {
					l.Class[channel] = numbers[root]
				}
			}
		}
	}
	b.Classes = len(numbers)
}
