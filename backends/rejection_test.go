package backends_test

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

// The words are those of onnxruntime 1.24 to 1.32 and of the reference.
func TestRejectionOf(t *testing.T) {
	const ran = "bind inputs of m.onnx: Error running network: Non-zero status code returned while running "
	for text, want := range map[string]backends.Rejection{
		ran + "Gather node. Name:'lookup' Status Message: indices element out of data bounds, idx=1 must be within the inclusive range [-1,0]": {
			Op: "Gather", Node: "lookup", Words: "indices element out of data bounds, idx=1 must be within the inclusive range [-1,0]",
		},
		ran + "GatherND node. Name:'' Status Message: invalid index found, index = 1":     {Op: "GatherND", Words: "invalid index found, index = 1"},
		ran + "ScatterND node. Name:'s' Status Message: invalid indice found, indice = 1": {Op: "ScatterND", Node: "s", Words: "invalid indice found, indice = 1"},
		ran + "GatherElements node. Name:'g' Status Message: /src/core/gather_elements.cc:150 void onnxruntime::core_impl(const Tensor*, int64_t) [with Tin = long int; int64_t = long int] GatherElements op: Out of range value in index tensor": {
			Op: "GatherElements", Node: "g", Words: "GatherElements op: Out of range value in index tensor",
		},
		"run m.onnx: node a b (Gather): index 9 is outside an axis of 5": {Op: "Gather", Node: "a b", Words: "index 9 is outside an axis of 5"},
	} {
		if got, ok := backends.RejectionOf(errors.New(text)); !ok || got != want {
			t.Errorf("%s\n%+v, %t", text, got, ok)
		}
	}
	for _, other := range []error{
		nil, errors.New("worker ended: index out of range"),
		errors.New(ran + "Conv node. Name:'c' Status Message: Failed to allocate memory for requested buffer of size 1"),
	} {
		if got, ok := backends.RejectionOf(other); ok {
			t.Errorf("%v is taken for %+v", other, got)
		}
	}
}

func TestRejectionSaysWhatToDo(t *testing.T) {
	r := backends.Rejection{Op: "Gather", Words: "no"}
	const generated = "operator Gather rejects the generated inputs: no; give inputs of the model's own with --data, or the range of those that are generated: --input-range NAME=LOW:HIGH"
	if got := r.Generated(); got != generated {
		t.Errorf("it says %s", got)
	}
	r.Node = "n"
	if got := r.Given(); got != "operator Gather (node n) rejects the inputs of the data: no; correct the data" {
		t.Errorf("it says %s", got)
	}
}
