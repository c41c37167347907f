package onnx

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

// tensor adds a tensor as field num: as the file has it where it is unchanged and stays where it
// was, otherwise as raw or external data. The owner is for messages.
func (e *encoder) tensor(r *segments, num protowire.Number, t *tensor.Tensor, s *stored, name, owner string) error {
	if t == nil {
		r.message(num, s.pb) // kept and never read
		return nil
	}
	unchanged := s != nil && s.data == t && (name == "" || s.pb.GetName() == name)
	out := e.goesOut(t)
	if unchanged && !out && s.pb.GetDataLocation() == onnxpb.TensorProto_DEFAULT {
		e.asStored(r, num, s)
		return nil
	}
	pb := &onnxpb.TensorProto{Dims: t.Shape(), DataType: dataType(t)}
	if s != nil && s.pb != nil {
		pb.Name, pb.DocString, pb.MetadataProps = s.pb.Name, s.pb.DocString, s.pb.MetadataProps
		keepUnknown(pb, s.pb)
	}
	if name != "" {
		pb.Name = text(pb.Name, name)
	}
	switch {
	case out:
		e.external(pb, t, s, owner)
		r.message(num, pb)
	case t.Type() == tensor.String:
		for _, elem := range t.Strings() {
			pb.StringData = append(pb.StringData, []byte(elem))
		}
		r.message(num, pb)
	default:
		withElements(r, num, pb, rawData, t, owner)
	}
	return nil
}

// asStored adds a tensor just as it was in the file.
func (e *encoder) asStored(r *segments, num protowire.Number, s *stored) {
	if s.field == 0 {
		r.message(num, s.pb)
		return
	}
	withElements(r, num, s.pb, s.field, s.data, s.pb.GetName())
}

func withElements(r *segments, num protowire.Number, pb *onnxpb.TensorProto, field protowire.Number, t *tensor.Tensor, owner string) {
	sub := &segments{}
	sub.fields(pb)
	sub.elements(field, t, owner)
	r.nested(num, sub)
}

// external points pb at the place of its elements in a data file. What else the file said of
// unchanged data, a checksum for one, stays true.
func (e *encoder) external(pb *onnxpb.TensorProto, t *tensor.Tensor, s *stored, owner string) {
	at := e.place(t, owner)
	pb.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
	pb.ExternalData = []*onnxpb.StringStringEntryProto{
		entry("location", e.options.location(at)),
		entry("offset", strconv.FormatInt(at.offset, 10)),
		entry("length", strconv.Itoa(t.ByteSize())),
	}
	if s == nil || s.data != t {
		return
	}
	for _, old := range s.pb.ExternalData {
		switch old.GetKey() {
		case "location", "offset", "length":
		default:
			pb.ExternalData = append(pb.ExternalData, old)
		}
	}
}

func entry(key, value string) *onnxpb.StringStringEntryProto {
	return &onnxpb.StringStringEntryProto{Key: &key, Value: &value}
}

func dataType(t *tensor.Tensor) *int32 {
	typ := int32(t.Type())
	return &typ
}

// opaqueTensor reports whether an attribute holds a tensor that is kept and never read.
func opaqueTensor(a *graph.Attr) bool {
	x, ok := a.Extra.(*attrExtra)
	return ok && x.tensor != nil && x.tensor.data == nil
}

// External reports whether any tensor of the model came from a data file.
func External(m *graph.Model) bool {
	x, ok := m.Extra.(*modelExtra)
	return ok && x.external
}
