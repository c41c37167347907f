package onnx_test

import (
	"fmt"
	"math"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// filler sets every field of a message, to values that all differ.
type filler struct{ next int64 }

func (f *filler) fill(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if field.Kind() == protoreflect.MessageKind && depth == 0 {
			continue
		}
		f.next++
		if group := field.ContainingOneof(); group != nil && f.next%int64(group.Fields().Len()) != int64(field.Index())%int64(group.Fields().Len()) && m.WhichOneof(group) != nil {
			continue
		}
		if !field.IsList() {
			m.Set(field, f.value(field, depth, m.NewField(field)))
			continue
		}
		list := m.Mutable(field).List()
		for range 2 {
			var elem protoreflect.Value
			if field.Kind() == protoreflect.MessageKind {
				elem = list.NewElement()
			}
			list.Append(f.value(field, depth, elem))
		}
	}
	m.SetUnknown([]byte{0xfa, 0xff, 0x01, 2, 'o', 'k'}) // field 4095
}

func (f *filler) value(field protoreflect.FieldDescriptor, depth int, empty protoreflect.Value) protoreflect.Value {
	f.next++
	switch field.Kind() {
	case protoreflect.MessageKind:
		f.fill(empty.Message(), depth-1)
		return empty
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(fmt.Sprint("s", f.next))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte{byte(f.next), 0xff})
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(-f.next))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(-f.next)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(uint64(f.next))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(f.next))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float64(f.next))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(0)
	}
	panic("unexpected kind " + field.Kind().String())
}

// exotic holds every message and every field of the format.
func exotic() *onnxpb.ModelProto {
	f := &filler{}
	m := &onnxpb.ModelProto{}
	f.fill(m.ProtoReflect(), 6)
	m.IrVersion = proto.Int64(13)
	m.Graph = exoticGraph(f)
	return m
}

func exoticGraph(f *filler) *onnxpb.GraphProto {
	g := &onnxpb.GraphProto{
		Name: proto.String("g"), DocString: proto.String(""),
		Initializer: everyTensor(), SparseInitializer: []*onnxpb.SparseTensorProto{sparse("sparse")},
		Input:  []*onnxpb.ValueInfoProto{info(f, "x"), info(f, "float raw")},
		Output: []*onnxpb.ValueInfoProto{info(f, "y"), info(f, "y"), info(f, "x")},
		ValueInfo: []*onnxpb.ValueInfoProto{
			info(f, "t"), info(f, "y"), info(f, "int64"), info(f, "nothing"), info(f, "t"), {Name: proto.String("u")},
		},
	}
	for _, name := range []string{"t", "int64", "nothing"} {
		a := &onnxpb.TensorAnnotation{}
		f.fill(a.ProtoReflect(), 2)
		a.TensorName = &name
		g.QuantizationAnnotation = append(g.QuantizationAnnotation, a)
	}
	f.fill(g.ProtoReflect(), 0)
	g.MetadataProps = []*onnxpb.StringStringEntryProto{{Key: proto.String("k")}, {Value: proto.String("v")}}
	g.Node = []*onnxpb.NodeProto{
		node(f, "All", []string{"x", "", "float raw", "sparse"}, []string{"t", "", "u"}, everyAttribute(f)...),
		node(f, "If", []string{"t"}, []string{"y"}, subgraph(f, "then_branch", "t"), subgraph(f, "else_branch", "x")),
	}
	return g
}

func node(f *filler, op string, in, out []string, attrs ...*onnxpb.AttributeProto) *onnxpb.NodeProto {
	n := &onnxpb.NodeProto{}
	f.fill(n.ProtoReflect(), 4)
	n.OpType, n.Input, n.Output, n.Attribute = &op, in, out, attrs
	return n
}

// info declares a value, each time with another kind of type.
func info(f *filler, name string) *onnxpb.ValueInfoProto {
	v := &onnxpb.ValueInfoProto{}
	f.fill(v.ProtoReflect(), 5)
	v.Name = &name
	elem := int32(onnxpb.TensorProto_FLOAT)
	tensor := &onnxpb.TypeProto_Tensor{ElemType: &elem, Shape: &onnxpb.TensorShapeProto{Dim: []*onnxpb.TensorShapeProto_Dimension{
		{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: -1}},
		{Value: &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: "n"}, Denotation: proto.String("DATA_BATCH")},
		{Value: &onnxpb.TensorShapeProto_Dimension_DimParam{}},
		{},
	}}}
	switch f.next % 3 {
	case 0:
		v.Type.Value = &onnxpb.TypeProto_TensorType{TensorType: tensor}
	case 1:
		v.Type.Value = &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{ElemType: &elem}}
	}
	return v
}

// everyAttribute is one attribute of each kind, and one that takes its value from a function's.
func everyAttribute(f *filler) []*onnxpb.AttributeProto {
	var attrs []*onnxpb.AttributeProto
	fields := (&onnxpb.AttributeProto{}).ProtoReflect().Descriptor().Fields()
	kinds := onnxpb.AttributeProto_UNDEFINED.Descriptor().Values()
	for i := range kinds.Len() {
		kind := onnxpb.AttributeProto_AttributeType(kinds.Get(i).Number())
		a := &onnxpb.AttributeProto{}
		f.fill(a.ProtoReflect(), 4)
		// Only the field of the kind stays.
		for j := range fields.Len() {
			if field := fields.Get(j); attributeField(field) && field.Number() != fieldOf(kind) {
				a.ProtoReflect().Clear(field)
			}
		}
		a.Type, a.RefAttrName = &kind, nil
		attrs = append(attrs, fixAttribute(a))
	}
	ref := &onnxpb.AttributeProto{Name: proto.String("ref"), RefAttrName: proto.String("of the function"), Type: onnxpb.AttributeProto_TENSOR.Enum()}
	old := &onnxpb.AttributeProto{Name: proto.String("old"), I: proto.Int64(0)}
	return append(attrs, ref, old)
}

func attributeField(field protoreflect.FieldDescriptor) bool {
	switch field.Name() {
	case "name", "type", "doc_string", "ref_attr_name":
		return false
	}
	return true
}

func fieldOf(kind onnxpb.AttributeProto_AttributeType) protoreflect.FieldNumber {
	return map[onnxpb.AttributeProto_AttributeType]protoreflect.FieldNumber{
		onnxpb.AttributeProto_FLOAT: 2, onnxpb.AttributeProto_INT: 3, onnxpb.AttributeProto_STRING: 4,
		onnxpb.AttributeProto_TENSOR: 5, onnxpb.AttributeProto_GRAPH: 6, onnxpb.AttributeProto_FLOATS: 7,
		onnxpb.AttributeProto_INTS: 8, onnxpb.AttributeProto_STRINGS: 9, onnxpb.AttributeProto_TENSORS: 10,
		onnxpb.AttributeProto_GRAPHS: 11, onnxpb.AttributeProto_TYPE_PROTO: 14, onnxpb.AttributeProto_TYPE_PROTOS: 15,
		onnxpb.AttributeProto_SPARSE_TENSOR: 22, onnxpb.AttributeProto_SPARSE_TENSORS: 23,
	}[kind]
}

// fixAttribute gives an attribute tensors and graphs that hold together.
func fixAttribute(a *onnxpb.AttributeProto) *onnxpb.AttributeProto {
	if a.T != nil {
		a.T = everyTensor()[0]
	}
	if a.Tensors != nil {
		a.Tensors = everyTensor()
	}
	if a.G != nil {
		a.G = &onnxpb.GraphProto{Name: proto.String("empty")}
	}
	for i := range a.Graphs {
		a.Graphs[i] = &onnxpb.GraphProto{Name: proto.String("empty")}
	}
	return a
}

// subgraph is an attribute whose graph captures a value and has an initializer of its own.
func subgraph(f *filler, name, capture string) *onnxpb.AttributeProto {
	in := name + ".in"
	return &onnxpb.AttributeProto{
		Name: &name, Type: onnxpb.AttributeProto_GRAPH.Enum(),
		G: &onnxpb.GraphProto{
			Name:        &name,
			Initializer: []*onnxpb.TensorProto{{Name: proto.String(name + ".w"), DataType: proto.Int32(1), FloatData: []float32{1}}},
			Node:        []*onnxpb.NodeProto{node(f, "Add", []string{capture, name + ".w"}, []string{in})},
			Output:      []*onnxpb.ValueInfoProto{info(f, in), info(f, capture)},
			ValueInfo:   []*onnxpb.ValueInfoProto{info(f, capture)},
		},
	}
}

func sparse(name string) *onnxpb.SparseTensorProto {
	return &onnxpb.SparseTensorProto{
		Values:  &onnxpb.TensorProto{Name: &name, DataType: proto.Int32(1), Dims: []int64{1}, FloatData: []float32{7}},
		Indices: &onnxpb.TensorProto{DataType: proto.Int32(7), Dims: []int64{1}, Int64Data: []int64{3}},
		Dims:    []int64{9},
	}
}

// everyTensor is six elements of each type in its typed field, some as raw data, and odd ones.
func everyTensor() []*onnxpb.TensorProto {
	ints := []int32{0, 1, -2, 3, 4, 5}
	var list []*onnxpb.TensorProto
	types := onnxpb.TensorProto_UNDEFINED.Descriptor().Values()
	for i := range types.Len() {
		code, name := int32(types.Get(i).Number()), string(types.Get(i).Name())
		t := &onnxpb.TensorProto{Name: &name, DataType: &code, Dims: []int64{2, 3}, DocString: proto.String("doc of " + name)}
		switch onnxpb.TensorProto_DataType(code) {
		case onnxpb.TensorProto_UNDEFINED:
			continue
		case onnxpb.TensorProto_FLOAT:
			t.FloatData = []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), 1e-45, 1.5, -2}
		case onnxpb.TensorProto_COMPLEX64:
			t.FloatData = []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
		case onnxpb.TensorProto_DOUBLE:
			t.DoubleData = []float64{0, 1, 2, 3, 4, -5}
		case onnxpb.TensorProto_COMPLEX128:
			t.DoubleData = []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
		case onnxpb.TensorProto_INT64:
			t.Int64Data = []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 5}
		case onnxpb.TensorProto_UINT32, onnxpb.TensorProto_UINT64:
			t.Uint64Data = []uint64{0, 1, 2, 3, math.MaxUint32, 5}
		case onnxpb.TensorProto_STRING:
			t.StringData = [][]byte{nil, {}, []byte("a"), {0xff}, []byte("b"), []byte("c")}
		case onnxpb.TensorProto_UINT4, onnxpb.TensorProto_INT4, onnxpb.TensorProto_FLOAT4E2M1:
			t.Int32Data = ints[:3]
		case onnxpb.TensorProto_UINT2, onnxpb.TensorProto_INT2:
			t.Int32Data = ints[:2]
		default:
			t.Int32Data = ints
		}
		list = append(list, t)
	}
	return append(list,
		&onnxpb.TensorProto{Name: proto.String("float raw"), DataType: proto.Int32(1), Dims: []int64{2}, RawData: make([]byte, 8)},
		&onnxpb.TensorProto{
			Name: proto.String("int64"), DataType: proto.Int32(7), RawData: make([]byte, 8), DataLocation: onnxpb.TensorProto_DEFAULT.Enum(),
			MetadataProps: []*onnxpb.StringStringEntryProto{{Key: proto.String("k")}},
		},
		&onnxpb.TensorProto{Name: proto.String("none"), DataType: proto.Int32(1), Dims: []int64{0, 5}},
		&onnxpb.TensorProto{Name: proto.String("none raw"), DataType: proto.Int32(1), Dims: []int64{0}, RawData: []byte{}},
		&onnxpb.TensorProto{Name: proto.String("both"), DataType: proto.Int32(1), Dims: []int64{1}, RawData: make([]byte, 4), FloatData: []float32{1}},
		&onnxpb.TensorProto{Name: proto.String("part"), DataType: proto.Int32(1), Dims: []int64{9}, Segment: &onnxpb.TensorProto_Segment{End: proto.Int64(1)}},
	)
}

func TestEveryMessageComesOutAsItWentIn(t *testing.T) {
	data, err := proto.Marshal(exotic())
	if err != nil {
		t.Fatal(err)
	}
	sameMessage(t, data, roundTrip(t, data))
}
