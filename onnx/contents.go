package onnx

import (
	"iter"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// contents are the initializers and nodes of a graph. All results of nodes are known before the first input is joined to one, so nodes
// are visited twice.
type contents interface {
	count() int // of both, which is about that of the values
	initializers(d *decoder) iter.Seq2[*onnxpb.TensorProto, error]
	heads(d *decoder) iter.Seq2[*onnxpb.NodeProto, error] // nodes, of which inputs and attributes are not looked at
	bodies() iter.Seq[nodeBody]                           // their inputs and attributes
}

// nodeBody is the inputs and attributes of a node. It is looked at before the next one is asked for.
type nodeBody struct {
	inputs     []string
	attributes []*onnxpb.AttributeProto
	encoded    [][]byte // attributes that are not decoded yet
}

// messages are the contents of a graph whose message is complete.
type messages struct{ pb *onnxpb.GraphProto }

func (m messages) initializers(*decoder) iter.Seq2[*onnxpb.TensorProto, error] {
	return sound(m.pb.Initializer)
}

func (m messages) heads(*decoder) iter.Seq2[*onnxpb.NodeProto, error] { return sound(m.pb.Node) }

func (m messages) bodies() iter.Seq[nodeBody] {
	return func(yield func(nodeBody) bool) {
		for _, n := range m.pb.Node {
			if !yield(nodeBody{inputs: n.Input, attributes: n.Attribute}) {
				return
			}
		}
	}
}

func (m messages) count() int { return len(m.pb.Initializer) + len(m.pb.Node) }

// sound visits messages that were decoded without an error.
func sound[M any](pbs []M) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		for _, pb := range pbs {
			if !yield(pb, nil) {
				return
			}
		}
	}
}

func (o *outline) count() int { return o.parts }

// initializers decodes the initializers of the main graph. The message of one of which nothing was kept becomes the next one.
func (o *outline) initializers(d *decoder) iter.Seq2[*onnxpb.TensorProto, error] {
	return func(yield func(*onnxpb.TensorProto, error) bool) {
		pb := &onnxpb.TensorProto{}
		for data := range o.each(initializerField) {
			if d.kept {
				pb = &onnxpb.TensorProto{}
			} else {
				*pb = onnxpb.TensorProto{Dims: pb.Dims[:0]}
			}
			err := pb.UnmarshalVTUnsafe(data)
			d.names.tensor(pb)
			if !yield(pb, err) {
				return
			}
		}
	}
}

// heads decodes the nodes of the main graph, each into the same message.
func (o *outline) heads(d *decoder) iter.Seq2[*onnxpb.NodeProto, error] {
	return func(yield func(*onnxpb.NodeProto, error) bool) {
		pb := &onnxpb.NodeProto{}
		for data := range o.each(nodeField) {
			*pb = onnxpb.NodeProto{Output: pb.Output[:0]}
			err := readHead(pb, data)
			d.names.node(pb)
			if !yield(pb, err) {
				return
			}
		}
	}
}

func readHead(pb *onnxpb.NodeProto, data []byte) error {
	for f := range fieldsOf(data) {
		if f.kind == protowire.BytesType && (f.number == inputField || f.number == attributeField) {
			continue
		}
		if err := pb.UnmarshalVTUnsafe(f.whole); err != nil {
			return err
		}
	}
	return nil
}

// bodies finds the inputs and attributes of the nodes of the main graph. The names of inputs stay in the file: they are looked up, and
// not kept.
func (o *outline) bodies() iter.Seq[nodeBody] {
	return func(yield func(nodeBody) bool) {
		var b nodeBody
		for data := range o.each(nodeField) {
			b.inputs, b.encoded = b.inputs[:0], b.encoded[:0]
			for f := range fieldsOf(data) {
				switch {
				case f.kind != protowire.BytesType:
				case f.number == inputField:
					b.inputs = append(b.inputs, unsafe.String(unsafe.SliceData(f.value), len(f.value)))
				case f.number == attributeField:
					b.encoded = append(b.encoded, f.value)
				}
			}
			if !yield(b) {
				return
			}
		}
	}
}
