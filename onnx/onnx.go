// Package onnx reads and writes ONNX models.
//
// [Decode] turns the bytes of a file into a graph. The elements of large tensors stay where they are in these
// bytes, which have to stay as long as the tensors are used; names are copied. What the graph's own fields
// do not hold (documentation, metadata, annotations, unknown fields) stays in Extra fields, as the
// messages it came in, and [Layout.WriteModel] puts it back: a model that is read and written again is the
// same message.
//
// Writing has two steps. [NewLayout] computes the size of everything; then the bytes follow one after
// another, and no more than a few pieces of changed tensors are in memory at a time.
package onnx

import (
	"errors"
	"io"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// The newest versions whose meaning this package knows. Newer files are read all the same.
const (
	MaxIRVersion = 14
	MaxOpset     = 28
)

// Opener returns the bytes of a file of external data, by the location that the model gives. They
// have to stay as long as the graph does. It is asked once for each location.
type Opener func(location string) ([]byte, error)

// Decode reads a model from the bytes of its file, in which the elements of its tensors stay. A nil open
// refuses external data. The model's Notes say what was unusual but understood.
func Decode(data []byte, open Opener) (*graph.Model, error) { return DecodeWatched(data, open, nil) }

// DecodeWatched is [Decode] of a file that is mapped. Read is told how many bytes of tensors were read, from any goroutine, as long
// as the model is used; nil for nobody. Bytes that decoding passes over count, too: the system may have mapped them.
func DecodeWatched(data []byte, open Opener, read func(bytes int)) (*graph.Model, error) {
	if read == nil {
		read = func(int) {}
	}
	memory, err := scan(data, read)
	if err != nil {
		return nil, notONNX(data, err)
	}
	pb, err := readOutline(data, read)
	if err != nil {
		return nil, notONNX(data, err)
	}
	if pb.Graph == nil {
		return nil, notONNX(data, errors.New("it has no graph"))
	}
	return decodeModel(pb, open, memory, read)
}

// Encode writes a model with all of its data inline. It says what rounding the changed tensors did.
func Encode(w io.Writer, m *graph.Model) (tensor.Rounding, error) {
	layout, err := NewLayout(m, Options{})
	if err != nil {
		return tensor.Rounding{}, err
	}
	err = layout.WriteModel(w)
	return layout.Rounding(), err
}

// Specs declares those of the values that a caller sees: inputs without initializers, and outputs.
func Specs(values []*graph.Value) []tensor.Spec {
	specs := make([]tensor.Spec, 0, len(values))
	for _, v := range values {
		if v.IsInput() && v.IsInitializer() {
			continue
		}
		specs = append(specs, tensor.Spec{
			Name: v.Name(), Type: v.Elem(), Shape: v.Type().Shape, Ranked: v.Type().Ranked,
		})
	}
	return specs
}
