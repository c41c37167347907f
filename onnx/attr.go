package onnx

import (
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

// What is kept to share attributes: most of a model's are a few small ones, again and again.
const (
	mostShared  = 1 << 12 // attributes
	sharedBytes = 64      // of one, encoded
)

// encodedAttr is [decoder.attr] of bytes. Attributes do not change, so two of the same bytes are one, unless there is a graph or a tensor in it.
func (d *decoder) encodedAttr(g *graph.Graph, data []byte) (*graph.Attr, error) {
	if a := d.shared[string(data)]; a != nil {
		return a, nil
	}
	pb := &onnxpb.AttributeProto{}
	if err := pb.UnmarshalVTUnsafe(data); err != nil {
		return nil, err
	}
	d.names.attribute(pb)
	a, err := d.attr(g, pb)
	if err != nil {
		return nil, fmt.Errorf("attribute %q: %w", pb.GetName(), err)
	}
	if a.Extra == nil && len(data) <= sharedBytes && len(d.shared) < mostShared {
		d.shared[string(data)] = a
	}
	return a, nil
}

// attr decodes an attribute of a node in g.
func (d *decoder) attr(g *graph.Graph, pb *onnxpb.AttributeProto) (*graph.Attr, error) {
	kind, err := attrKind(pb)
	if err != nil {
		return nil, err
	}
	a := &graph.Attr{
		Name: pb.GetName(), Kind: kind, Ref: pb.GetRefAttrName(),
		Float: pb.GetF(), Int: pb.GetI(), String: string(pb.S), Floats: pb.Floats, Ints: pb.Ints,
	}
	if a.Name == "" {
		return nil, errors.New("the attribute has no name")
	}
	if pb.IsPlain() {
		return a, nil
	}
	x := &attrExtra{pb: pb}
	a.Extra = x
	for _, s := range pb.Strings {
		a.Strings = append(a.Strings, string(s))
	}
	if err := d.attrTensors(a, x); err != nil {
		return nil, err
	}
	return a, d.attrGraphs(g, a, x)
}

func (d *decoder) attrTensors(a *graph.Attr, x *attrExtra) error {
	if x.pb.T != nil {
		s, err := d.tensor(x.pb.T)
		if err != nil {
			return err
		}
		x.tensor, a.Tensor, x.pb.T = s, s.data, nil
	}
	for i, t := range x.pb.Tensors {
		s, err := d.tensor(t)
		if err != nil {
			return fmt.Errorf("tensor %d: %w", i, err)
		}
		x.tensors = append(x.tensors, s)
		a.Tensors = append(a.Tensors, s.data)
	}
	x.pb.Tensors = nil
	for _, t := range append(x.pb.SparseTensors, x.pb.SparseTensor) {
		if err := d.inline(t.ProtoReflect()); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) attrGraphs(g *graph.Graph, a *graph.Attr, x *attrExtra) error {
	if x.pb.G != nil {
		a.Graph = g.NewSubgraph(x.pb.G.GetName())
		if err := d.subgraph(a.Graph, x.pb.G); err != nil {
			return fmt.Errorf("sub-graph %q: %w", a.Graph.Name, err)
		}
		x.pb.G = nil
	}
	for _, p := range x.pb.Graphs {
		sub := g.NewSubgraph(p.GetName())
		if err := d.subgraph(sub, p); err != nil {
			return fmt.Errorf("sub-graph %q: %w", sub.Name, err)
		}
		a.Graphs = append(a.Graphs, sub)
	}
	x.pb.Graphs = nil
	return nil
}

// attrKind is the kind that the attribute declares, or for old files that declare none, the only one
// that has a value. It fails when the attribute holds a value of another kind.
func attrKind(pb *onnxpb.AttributeProto) (graph.AttrKind, error) {
	declared := graph.AttrKind(pb.GetType())
	var held []graph.AttrKind
	for _, f := range []struct {
		kind graph.AttrKind
		set  bool
	}{
		{graph.AttrFloat, pb.F != nil},
		{graph.AttrInt, pb.I != nil},
		{graph.AttrString, pb.S != nil},
		{graph.AttrTensor, pb.T != nil},
		{graph.AttrGraph, pb.G != nil},
		{graph.AttrFloats, len(pb.Floats) > 0},
		{graph.AttrInts, len(pb.Ints) > 0},
		{graph.AttrStrings, len(pb.Strings) > 0},
		{graph.AttrTensors, len(pb.Tensors) > 0},
		{graph.AttrGraphs, len(pb.Graphs) > 0},
		{graph.AttrSparseTensor, pb.SparseTensor != nil},
		{graph.AttrSparseTensors, len(pb.SparseTensors) > 0},
		{graph.AttrTypeProto, pb.Tp != nil},
		{graph.AttrTypeProtos, len(pb.TypeProtos) > 0},
	} {
		if f.set {
			held = append(held, f.kind)
		}
	}
	switch {
	case len(held) > 1:
		return 0, fmt.Errorf("the attribute holds both a %s and a %s", kindName(held[0]), kindName(held[1]))
	case len(held) == 1 && declared == graph.AttrUndefined:
		return held[0], nil
	case len(held) == 1 && declared != held[0]:
		return 0, fmt.Errorf("the attribute is declared as %s and holds a %s", kindName(declared), kindName(held[0]))
	case len(held) == 0 && (declared == graph.AttrTensor || declared == graph.AttrGraph) && pb.GetRefAttrName() == "":
		return 0, fmt.Errorf("the attribute is declared as %s and holds none", kindName(declared))
	}
	return declared, nil
}

func kindName(k graph.AttrKind) string { return onnxpb.AttributeProto_AttributeType(k).String() }

// encodeAttr makes the message of an attribute, without tensors and graphs.
func encodeAttr(a *graph.Attr) *onnxpb.AttributeProto {
	if x, ok := a.Extra.(*attrExtra); ok {
		return x.pb
	}
	pb := &onnxpb.AttributeProto{Name: &a.Name, Type: onnxpb.AttributeProto_AttributeType(a.Kind).Enum()}
	if a.Ref != "" {
		pb.RefAttrName = &a.Ref
		return pb
	}
	switch a.Kind {
	case graph.AttrFloat:
		pb.F = &a.Float
	case graph.AttrInt:
		pb.I = &a.Int
	case graph.AttrString:
		pb.S = []byte(a.String)
	case graph.AttrFloats:
		pb.Floats = a.Floats
	case graph.AttrInts:
		pb.Ints = a.Ints
	case graph.AttrStrings:
		for _, s := range a.Strings {
			pb.Strings = append(pb.Strings, []byte(s))
		}
	}
	return pb
}

// attrStored is how the file has the i-th tensor of an attribute, nil when a pass made it.
func attrStored(a *graph.Attr, i int, t *tensor.Tensor) *stored {
	x, ok := a.Extra.(*attrExtra)
	if !ok {
		return nil
	}
	s := x.tensor
	if i >= 0 {
		s = x.tensors[i]
	}
	if s == nil || s.data != t {
		return nil
	}
	return s
}
