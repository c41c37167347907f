package onnx

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

// What a file says beyond the fields of the graph stays in the Extra fields: of a node the message
// itself (*onnxpb.NodeProto), of the others one of the types below.

// modelExtra is what is kept of a model.
type modelExtra struct {
	pb       *onnxpb.ModelProto // without its graph
	external bool               // whether any tensor came from a data file
}

// graphExtra is what is kept of a graph.
type graphExtra struct {
	pb      *onnxpb.GraphProto // without nodes and initializers
	types   map[string]graph.Type
	inputs  map[string]*onnxpb.ValueInfoProto
	orphans map[string]bool // names in annotations and value infos that are no value of the graph
}

// attrExtra is what is kept of an attribute.
type attrExtra struct {
	pb      *onnxpb.AttributeProto // without tensors and graphs
	tensor  *stored
	tensors []*stored
}

// Contents is the type that the attribute holds, or that of the elements of its sparse tensor, as [onnxpb.TypeProto.Contents]
// says it.
func (x *attrExtra) Contents() (elem int32, in string) {
	if t := x.pb.GetSparseTensor(); t != nil {
		return t.GetValues().GetDataType(), ""
	}
	return x.pb.GetTp().Contents()
}

// stored is a tensor as the file has it: of an initializer, or in an attribute.
type stored struct {
	pb    *onnxpb.TensorProto // without the elements, where field says how to write them
	field protowire.Number    // the field whose bytes are the elements; 0 when pb holds them
	data  *tensor.Tensor      // what it was decoded to, nil when it was not

	sparse *onnxpb.SparseTensorProto // instead of all the others
}

// keepUnknown gives a message that replaces another the fields of it that nobody knows.
func keepUnknown(dst, src proto.Message) {
	if b := src.ProtoReflect().GetUnknown(); len(b) > 0 {
		dst.ProtoReflect().SetUnknown(b)
	}
}
