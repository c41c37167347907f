package onnx

import (
	"iter"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// The numbers of the fields that a large model consists of.
const (
	graphField       protowire.Number = 7 // of ModelProto
	nodeField        protowire.Number = 1 // of GraphProto
	initializerField protowire.Number = 5 // of GraphProto
	inputField       protowire.Number = 1 // of NodeProto
	attributeField   protowire.Number = 5 // of NodeProto
)

// outline is a model as a message but for the nodes and initializers of its main graph. They stay encoded, and are decoded one at a
// time: as messages all of them would take more memory than the graph that is made of them.
type outline struct {
	*onnxpb.ModelProto
	graphs [][]byte        // the encoded main graph; its parts where a file has several
	parts  int             // how many nodes and initializers these have
	passed func(bytes int) // is told of the bytes of tensors that were passed over
}

// readOutline decodes a model that [scan] found to be one.
func readOutline(data []byte, passed func(bytes int)) (*outline, error) {
	o := &outline{ModelProto: &onnxpb.ModelProto{}, passed: passed}
	for f := range fieldsOf(data) {
		if f.number != graphField || f.kind != protowire.BytesType {
			if err := o.UnmarshalVTUnsafe(f.whole); err != nil {
				return nil, err
			}
			continue
		}
		if o.Graph == nil {
			o.Graph = &onnxpb.GraphProto{}
		}
		if err := o.readGraph(f.value); err != nil {
			return nil, err
		}
		o.graphs = append(o.graphs, f.value)
	}
	return o, nil
}

// readGraph adds what a part of a graph says, but for its nodes and initializers.
func (o *outline) readGraph(data []byte) error {
	for f := range o.fieldsOf(data) {
		if f.kind == protowire.BytesType && (f.number == nodeField || f.number == initializerField) {
			o.parts++
			continue
		}
		if err := o.Graph.UnmarshalVTUnsafe(f.whole); err != nil {
			return err
		}
	}
	return nil
}

// each visits the encoded messages of a field of the main graph.
func (o *outline) each(number protowire.Number) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, data := range o.graphs {
			for f := range o.fieldsOf(data) {
				if f.number == number && f.kind == protowire.BytesType && !yield(f.value) {
					return
				}
			}
		}
	}
}

// fieldsOf visits the fields of a part of the main graph, and tells of large ones when they are done.
func (o *outline) fieldsOf(data []byte) iter.Seq[encodedField] {
	return func(yield func(encodedField) bool) {
		for f := range fieldsOf(data) {
			if !yield(f) {
				return
			}
			if len(f.whole) >= page {
				o.passed(len(f.whole))
			}
		}
	}
}

// encodedField is a field of a message as its bytes.
type encodedField struct {
	number protowire.Number
	kind   protowire.Type
	whole  []byte // with its tag
	value  []byte // of a text or a message, without its length
}

// fieldsOf visits the fields of a message, up to what is none.
func fieldsOf(data []byte) iter.Seq[encodedField] {
	return func(yield func(encodedField) bool) {
		for len(data) > 0 {
			number, kind, n := protowire.ConsumeTag(data)
			if n < 0 {
				return
			}
			size := protowire.ConsumeFieldValue(number, kind, data[n:])
			if size < 0 {
				return
			}
			f := encodedField{number: number, kind: kind, whole: data[: n+size : n+size]}
			if kind == protowire.BytesType {
				f.value, _ = protowire.ConsumeBytes(data[n:])
			}
			if !yield(f) {
				return
			}
			data = data[n+size:]
		}
	}
}
