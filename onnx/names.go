package onnx

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// names gives the words of a model memory of their own. The decoder of the format leaves them in the file's
// bytes, which go when the file is closed; a name in a report or an error stays.
//
// The messages that a model has thousands of are walked by hand, the others by reflection.
type names struct {
	chunk strings.Builder // words one after another; a full one is left to them
}

const chunkSize = 4 << 10 // bytes: one allocation for some hundred words

// own is a copy of s that does not need the file.
func (k *names) own(s string) string {
	if len(s) > chunkSize/8 {
		return strings.Clone(s)
	}
	if k.chunk.Len()+len(s) > k.chunk.Cap() {
		k.chunk = strings.Builder{}
		k.chunk.Grow(chunkSize)
	}
	at := k.chunk.Len()
	k.chunk.WriteString(s)
	return k.chunk.String()[at:]
}

// fields replaces words by copies; nil is an absent one.
func (k *names) fields(words ...*string) {
	for _, word := range words {
		if word != nil {
			*word = k.own(*word)
		}
	}
}

func (k *names) list(words []string) {
	for i, word := range words {
		words[i] = k.own(word)
	}
}

func (k *names) graph(pb *onnxpb.GraphProto) {
	k.fields(pb.Name, pb.DocString)
	for _, n := range pb.Node {
		k.node(n)
	}
	for _, t := range pb.Initializer {
		k.tensor(t)
	}
	for _, infos := range [][]*onnxpb.ValueInfoProto{pb.Input, pb.Output, pb.ValueInfo} {
		for _, info := range infos {
			k.valueInfo(info)
		}
	}
	for _, t := range pb.SparseInitializer {
		k.message(t.ProtoReflect())
	}
	for _, a := range pb.QuantizationAnnotation {
		k.message(a.ProtoReflect())
	}
	k.entries(pb.MetadataProps)
}

func (k *names) node(pb *onnxpb.NodeProto) {
	k.list(pb.Input)
	k.list(pb.Output)
	k.fields(pb.Name, pb.OpType, pb.DocString, pb.Domain, pb.Overload)
	for _, a := range pb.Attribute {
		k.attribute(a)
	}
	k.entries(pb.MetadataProps)
	for _, c := range pb.DeviceConfigurations {
		k.message(c.ProtoReflect())
	}
}

func (k *names) attribute(pb *onnxpb.AttributeProto) {
	k.fields(pb.Name, pb.DocString, pb.RefAttrName)
	if pb.T != nil {
		k.tensor(pb.T)
	}
	if pb.G != nil {
		k.graph(pb.G)
	}
	if pb.SparseTensor != nil {
		k.message(pb.SparseTensor.ProtoReflect())
	}
	if pb.Tp != nil {
		k.typ(pb.Tp)
	}
	for _, t := range pb.Tensors {
		k.tensor(t)
	}
	for _, g := range pb.Graphs {
		k.graph(g)
	}
	for _, t := range pb.SparseTensors {
		k.message(t.ProtoReflect())
	}
	for _, t := range pb.TypeProtos {
		k.typ(t)
	}
}

func (k *names) tensor(pb *onnxpb.TensorProto) {
	k.fields(pb.Name, pb.DocString)
	k.entries(pb.ExternalData)
	k.entries(pb.MetadataProps)
}

func (k *names) valueInfo(pb *onnxpb.ValueInfoProto) {
	k.fields(pb.Name, pb.DocString)
	if pb.Type != nil {
		k.typ(pb.Type)
	}
	k.entries(pb.MetadataProps)
}

func (k *names) typ(pb *onnxpb.TypeProto) {
	t := pb.GetTensorType()
	if t == nil {
		k.message(pb.ProtoReflect())
		return
	}
	k.fields(pb.Denotation)
	for _, d := range t.GetShape().GetDim() {
		k.fields(d.Denotation)
		if param, ok := d.Value.(*onnxpb.TensorShapeProto_Dimension_DimParam); ok {
			param.DimParam = k.own(param.DimParam)
		}
	}
}

func (k *names) entries(pbs []*onnxpb.StringStringEntryProto) {
	for _, pb := range pbs {
		k.fields(pb.Key, pb.Value)
	}
}

// message is any message, with those inside of it.
func (k *names) message(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch kind := field.Kind(); {
		case kind == protoreflect.StringKind && field.IsList():
			for i := range v.List().Len() {
				v.List().Set(i, protoreflect.ValueOfString(k.own(v.List().Get(i).String())))
			}
		case kind == protoreflect.StringKind:
			m.Set(field, protoreflect.ValueOfString(k.own(v.String())))
		case kind != protoreflect.MessageKind:
		case field.IsList():
			for i := range v.List().Len() {
				k.within(v.List().Get(i).Message())
			}
		default:
			k.within(v.Message())
		}
		return true
	})
}

// within chooses the way by hand where there is one.
func (k *names) within(m protoreflect.Message) {
	switch pb := m.Interface().(type) {
	case *onnxpb.GraphProto:
		k.graph(pb)
	case *onnxpb.NodeProto:
		k.node(pb)
	case *onnxpb.AttributeProto:
		k.attribute(pb)
	case *onnxpb.TensorProto:
		k.tensor(pb)
	case *onnxpb.ValueInfoProto:
		k.valueInfo(pb)
	default:
		k.message(m)
	}
}
