package ort

import (
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// A model that needs a library of operators is refused by the operator, its domain and its node.
func TestOpenNamesTheCustomOperator(t *testing.T) {
	o := engine(t)
	model := fixture("custom")
	_, err := o.Open(t.Context(), model, backends.Tuning{})
	const start, end = "open custom in onnxruntime: node mystery: operator MyOp of domain com.example is not part of ONNX Runtime ", "; it needs a library of custom operators, which acdeploy cannot load"
	if err == nil || !strings.HasPrefix(err.Error(), start) || !strings.HasSuffix(err.Error(), end) {
		t.Errorf("error is %v", err)
	}
	// With its interface known, the library is asked later.
	model.Inputs, model.Outputs = []tensor.Spec{{Name: "x", Type: tensor.Float32}}, []tensor.Spec{{Name: "y", Type: tensor.Float32}}
	if _, err := o.Open(t.Context(), model, backends.Tuning{}); err == nil || !strings.HasPrefix(err.Error(), start) {
		t.Errorf("error is %v", err)
	}
}

// The words are those of onnxruntime 1.24 to 1.32.
func TestExplained(t *testing.T) {
	const load = "Error creating C session from file: Load model from m.onnx failed:"
	for text, want := range map[string]string{
		load + "Fatal error: com.microsoft:NotThere(-1) is not a registered function/op":                                                                            "operator NotThere of domain com.microsoft is not part of",
		load + `This is an invalid model. In Node, ("n", MyOp, "com.example", -1) : ("x": tensor(float),) -> ("y"), Error No opset import for domain 'com.example'`: "node n: operator MyOp of domain com.example is not part of",
		load + `This is an invalid model. In Node, ("", Mystery, "", -1) : ("x") -> ("y") , Error No Op registered for Mystery with domain_version of 17`:           "operator Mystery is not part of ONNX Runtime",
		"Protobuf parsing failed": "Protobuf parsing failed",
	} {
		if got := explained(backends.Model{Path: "testdata/absent.onnx"}, errors.New(text)).Error(); !strings.HasPrefix(got, want) {
			t.Errorf("%s\nis explained as %s", text, got)
		}
	}
}

func TestNodeOf(t *testing.T) {
	for path, want := range map[string]string{"testdata/custom.onnx": "mystery", "testdata/two_by_two.onnx": "", "testdata/external.bin": "", "testdata/absent.onnx": ""} {
		if got := nodeOf(path, "MyOp", "com.example"); got != want {
			t.Errorf("in %s it is %q", path, got)
		}
	}
}

// A value that an operator does not take is recognised in what the library says of it.
func TestRunIsRejected(t *testing.T) {
	s := open(t, engine(t), fixture("table"))
	_, err := s.Run(t.Context(), tensor.Map{"ids": tensor.Of([]int64{1}, int64(9))})
	if r, ok := backends.RejectionOf(err); !ok || r.Op != "Gather" || r.Node != "lookup" {
		t.Errorf("%+v of %v", r, err)
	}
}

func TestCustomOpLibraryIsRefused(t *testing.T) {
	o := New()
	o.CustomOpLibrary = "ops.so"
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "custom_op_library ops.so: the binding to onnxruntime that acdeploy is built with cannot register") {
		t.Errorf("error is %v", err)
	}
}
