package onnx

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// inputs are the declarations of the inputs. Up to IR version 3 every initializer of the main graph
// has to be one, new ones included.
func (e *encoder) inputs(g *graph.Graph, old *graphExtra) []*onnxpb.ValueInfoProto {
	var infos []*onnxpb.ValueInfoProto
	for _, v := range g.Inputs() {
		infos = append(infos, declaration(v, old.inputs[v.Name()], old))
	}
	if e.model.IRVersion >= 4 || g.Outer() != nil {
		return infos
	}
	for v := range g.Initializers() {
		if s, _ := v.Extra().(*stored); s == nil && !v.IsInput() {
			infos = append(infos, declaration(v, nil, old))
		}
	}
	return infos
}

func outputs(g *graph.Graph, old *graphExtra) []*onnxpb.ValueInfoProto {
	var infos []*onnxpb.ValueInfoProto
	for i, v := range g.Outputs() {
		var info *onnxpb.ValueInfoProto
		if i < len(old.pb.Output) && old.pb.Output[i].GetName() == v.Name() {
			info = old.pb.Output[i]
		}
		// What a sub-graph declares of a value around it is not compared with that one's own type.
		if info == nil || v.Graph() == g {
			info = declaration(v, info, old)
		}
		infos = append(infos, info)
	}
	return infos
}

// valueInfos are the declarations of the other values: those of the file, mended where the type has
// changed and without those of values that are gone, then those of typed values that are new.
func valueInfos(g *graph.Graph, old *graphExtra) []*onnxpb.ValueInfoProto {
	var infos []*onnxpb.ValueInfoProto
	declared := map[string]bool{}
	for _, info := range old.pb.ValueInfo {
		declared[info.GetName()] = true
		v := own(g, info.GetName())
		switch {
		case v == nil && old.orphans[info.GetName()]:
			infos = append(infos, info)
		case v != nil && !sameType(typeOf(v), graph.Type{}):
			infos = append(infos, declaration(v, info, old))
		case v != nil && unchanged(v, old):
			infos = append(infos, info)
		}
	}
	for n := range g.Nodes() {
		for i := range n.NumOutputs() {
			v := n.Output(i)
			if v == nil || v.IsOutput() || declared[v.Name()] || sameType(v.Type(), graph.Type{}) {
				continue
			}
			infos = append(infos, declaration(v, nil, old))
		}
	}
	return infos
}

// annotations are those of tensors that are still there.
func annotations(g *graph.Graph, old *graphExtra) []*onnxpb.TensorAnnotation {
	var kept []*onnxpb.TensorAnnotation
	for _, a := range old.pb.QuantizationAnnotation {
		if own(g, a.GetTensorName()) != nil || old.orphans[a.GetTensorName()] {
			kept = append(kept, a)
		}
	}
	return kept
}

// declaration is the file's own declaration of v, or one that declares v as it is now.
func declaration(v *graph.Value, info *onnxpb.ValueInfoProto, old *graphExtra) *onnxpb.ValueInfoProto {
	if info != nil && unchanged(v, old) {
		return info
	}
	name := v.Name()
	pb := &onnxpb.ValueInfoProto{Name: &name, Type: encodeType(typeOf(v))}
	if info == nil {
		return pb
	}
	pb.DocString, pb.MetadataProps = info.DocString, info.MetadataProps
	if pb.Type == nil {
		pb.Type = info.Type
	}
	keepUnknown(pb, info)
	return pb
}

// unchanged reports whether v still has the type that it was declared with.
func unchanged(v *graph.Value, old *graphExtra) bool {
	return sameType(v.Type(), old.types[v.Name()])
}

// own is the value of that name in g itself, nil when there is none.
func own(g *graph.Graph, name string) *graph.Value {
	if v := g.Lookup(name); v != nil && v.Graph() == g {
		return v
	}
	return nil
}
