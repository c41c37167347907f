package reduce

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/extract"
	"github.com/acdeploy/acdeploy/tensor"
)

// sizes makes axes shorter. What belongs together is not worked out: all axes of one size, of inputs and initializers, become
// shorter at once, and the model is tried only if it can be run then.
func (r *reducer) sizes() {
	r.mayRun()
	for _, name := range open(r.best) {
		r.tryRun(closed(r.best, name))
	}
	for size := largest(r.best, 1<<62); size > 1; size = largest(r.best, size) {
		r.shorten(size)
		if r.err != nil {
			return
		}
	}
}

// shorten finds a small size for the axes of one.
func (r *reducer) shorten(size int64) {
	for _, now := range []int64{1, 2, 3} {
		if now < size && r.tryRun(resized(r.best, size, now)) {
			return
		}
	}
	for size > 3 && r.tryRun(resized(r.best, size, size/2)) {
		size /= 2
	}
}

// open lists the names of the sizes that inputs leave open, "" for those that have none.
func open(m *graph.Model) []string {
	var names []string
	for _, v := range m.Graph.Inputs() {
		for _, d := range v.Type().Shape {
			if d.Size < 0 && !slices.Contains(names, d.Param) {
				names = append(names, d.Param)
			}
		}
	}
	return names
}

// closed is a copy of a model in which the open sizes of a name are 1.
func closed(m *graph.Model, name string) *graph.Model {
	c := m.Clone()
	untyped(c)
	for _, v := range c.Graph.Inputs() {
		shape := slices.Clone(v.Type().Shape)
		for i, d := range shape {
			if d.Size < 0 && d.Param == name {
				shape[i] = tensor.Fixed(1)
			}
		}
		typ := v.Type()
		typ.Shape = shape
		v.SetType(typ)
	}
	declare(c)
	return c
}

// largest is the largest size of an axis that is less than another one; 0 for none.
func largest(m *graph.Model, less int64) int64 {
	found := int64(0)
	see := func(size int64) {
		if size < less {
			found = max(found, size)
		}
	}
	for g := range m.Graph.All() {
		for _, v := range g.Inputs() {
			for _, d := range v.Type().Shape {
				see(d.Size)
			}
		}
		for v := range g.Initializers() {
			if v.Data() != nil {
				for _, d := range v.Data().Shape() {
					see(d)
				}
			}
		}
	}
	return found
}

// resized is a copy of a model whose axes of one size have another: those of inputs and of initializers, and numbers of groups and
// elements of shapes that are that size. It is nil where an initializer cannot be cut.
func resized(m *graph.Model, from, to int64) *graph.Model {
	c := m.Clone()
	untyped(c)
	for g := range c.Graph.All() {
		for _, v := range g.Inputs() {
			shape := slices.Clone(v.Type().Shape)
			for i := range shape {
				if shape[i].Size == from {
					shape[i] = tensor.Fixed(to)
				}
			}
			typ := v.Type()
			typ.Shape = shape
			v.SetType(typ)
		}
		for v := range g.Initializers() {
			t, typ := shorter(v.Data(), from, to), v.Type()
			if t == nil {
				return nil
			}
			if t != v.Data() {
				v.SetData(t)
				v.SetType(typ)
			}
		}
	}
	for g := range c.Graph.All() {
		for n := range g.Nodes() {
			attributes(n, from, to)
		}
	}
	declare(c)
	return c
}

// attributes makes the attributes of a node fit.
func attributes(n *graph.Node, from, to int64) {
	if n.Int("group", 0) == from {
		n.SetAttr(graph.IntAttr("group", to))
	}
	if w := n.Input(1); n.Ints("kernel_shape") != nil && (n.Is("Conv") || n.Is("ConvTranspose")) && w.IsInitializer() && w.Data().Rank() > 2 {
		n.SetAttr(graph.IntsAttr("kernel_shape", w.Data().Shape()[2:]...))
	}
}

// shorter is a tensor with shorter axes: their first elements. Integers in a list that are the size become the other one. It is nil
// where the tensor cannot be cut, and the tensor itself where nothing changes.
func shorter(t *tensor.Tensor, from, to int64) *tensor.Tensor {
	if t == nil {
		return nil
	}
	shape, cut := slices.Clone(t.Shape()), false
	for i := range shape {
		if shape[i] == from {
			shape[i], cut = to, true
		}
	}
	if cut {
		raw, err := t.Bytes()
		if err != nil || t.Type().Bits() < 8 || t.Type() == tensor.String {
			return nil
		}
		if t, err = tensor.New(t.Type(), shape, block(raw, t.Shape(), shape)); err != nil {
			return nil
		}
	}
	if list, ok := t.Int64s(); ok && t.Type() == tensor.Int64 && t.Rank() < 2 && slices.Contains(list, from) {
		for i := range list {
			if list[i] == from {
				list[i] = to
			}
		}
		return tensor.Of(t.Shape(), list...)
	}
	return t
}

// block is the beginning of each axis. It copies only what does not lie together.
func block(raw []byte, was, is []int64) []byte {
	if len(was) == 0 || len(raw) == 0 {
		return raw
	}
	width := len(raw) / int(was[0])
	if slices.Equal(was[1:], is[1:]) {
		return raw[:int(is[0])*width]
	}
	var out []byte
	for i := range is[0] {
		out = append(out, block(raw[int(i)*width:int(i+1)*width], was[1:], is[1:])...)
	}
	return out
}

// declare says of the outputs what follows from the inputs.
func declare(m *graph.Model) {
	types := extract.Types(m)
	for _, v := range m.Graph.Outputs() {
		if typ := types.Of(v); typ.Elem != tensor.Undefined {
			v.SetType(typ)
		}
	}
}
