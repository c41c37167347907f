package acdeploy_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// TestInputsOfTheSizeOfTheTraining says what was generated for the network of the examples. Its first BatchNormalization saw
// numbers about twice as large as noise makes.
func TestInputsOfTheSizeOfTheTraining(t *testing.T) {
	path := filepath.Join("examples", "cifar_quick", "acnet.onnx")
	found, err := toolbox().Verify(t.Context(), pairOf(t, path, path), acdeploy.VerifySettings{Options: verify.Defaults()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Inputs) != 1 {
		t.Fatalf("inputs %+v", found.Inputs)
	}
	got := found.Inputs[0]
	if !(got.Min < -5 && got.Max > 5) {
		t.Errorf("from %g to %g", got.Min, got.Max)
	}
	got.Min, got.Max = 0, 0
	want := verify.GeneratedInput{
		Name: "input", Kinds: []verify.InputKind{verify.InputNoise, verify.InputSmooth, verify.InputBorders, verify.InputOnes}, Scale: 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestInputRange draws an input from the range that was asked for.
func TestInputRange(t *testing.T) {
	path := filepath.Join("examples", "cifar_quick", "acnet.onnx")
	settings := acdeploy.VerifySettings{Options: verify.Defaults(), Ranges: []bench.Range{{Input: "input", Low: 3, High: 255}}}
	found, err := toolbox().Verify(t.Context(), pairOf(t, path, path), settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := found.Inputs[0]; got.Min < 3 || got.Min > 4 || got.Max > 255 || got.Max < 254 || len(got.Kinds) != 1 || got.Kinds[0] != verify.InputRange {
		t.Errorf("%+v", got)
	}
	settings.Ranges[0].Input = "ids"
	if _, err := toolbox().Verify(t.Context(), pairOf(t, path, path), settings, nil); !errors.Is(err, acdeploy.ErrUsage) || !strings.Contains(err.Error(), `"ids"`) {
		t.Error(err)
	}
}

// TestRejectedInputs says which operator does not take a value, and whose the value is.
func TestRejectedInputs(t *testing.T) {
	path := filepath.Join("backends", "ort", "testdata", "table.onnx") // a table of five rows
	settings := acdeploy.VerifySettings{Options: verify.Defaults(), Ranges: []bench.Range{{Input: "ids", Low: 7, High: 9}}}
	_, err := toolbox().Verify(t.Context(), pairOf(t, path, path), settings, nil)
	const generated = "operator Gather (node lookup) rejects the generated inputs: index "
	if !errors.Is(err, acdeploy.ErrUsage) || !strings.Contains(err.Error(), generated) || !strings.Contains(err.Error(), "--input-range NAME=LOW:HIGH") {
		t.Errorf("of generated inputs it says: %v", err)
	}
	for name, test := range map[string]struct {
		ids  []int64
		want string
	}{
		"legal":   {[]int64{0, 4}, ""},
		"illegal": {[]int64{0, 6}, "operator Gather (node lookup) rejects the inputs of the data: index 6 is outside an axis of 5; correct the data"},
	} {
		options := verify.Defaults()
		options.Data.Path = npztest.File(t, map[string][]byte{"ids": npztest.Of([]int64{2}, test.ids...)})
		_, err := toolbox().Verify(t.Context(), pairOf(t, path, path), acdeploy.VerifySettings{Options: options}, nil)
		if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, acdeploy.ErrUsage) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: of the user's inputs it says: %v", name, err)
		}
	}
}

// TestSamplesInPlaceOfIllegalInputs compares over the user's samples where the model takes no index that is generated.
func TestSamplesInPlaceOfIllegalInputs(t *testing.T) {
	path := filepath.Join("backends", "ort", "testdata", "far_table.onnx") // takes indices from -10 to -1
	options := verify.Defaults()
	verified := func() (*acdeploy.Verification, error) {
		return toolbox().Verify(t.Context(), pairOf(t, path, path), acdeploy.VerifySettings{Options: options}, nil)
	}
	if _, err := verified(); !errors.Is(err, acdeploy.ErrUsage) || !strings.Contains(err.Error(), "rejects the generated inputs: ") {
		t.Errorf("without data: %v", err)
	}
	options.Data.Path = npztest.File(t, map[string][]byte{"ids": npztest.Of([]int64{2}, int64(-5), -1)})
	found, err := verified()
	if err != nil {
		t.Fatal(err)
	}
	if got := found.Inputs[0]; got.Min != -5 || got.Max != -1 || !cmp.Equal(got.Kinds, []verify.InputKind{verify.InputData}) {
		t.Errorf("%+v", got)
	}
}

// TestSamplesInPlaceOfInputs compares over the user's samples where a model does not say what its inputs look like.
func TestSamplesInPlaceOfInputs(t *testing.T) {
	n := newNet(t, tensor.Float32)
	n.x.SetType(graph.Type{Elem: n.x.Elem()})
	m := n.output(n.node("Relu", n.x))
	path := saved(t, "shapeless.onnx", m)
	options := verify.Defaults()
	verified := func() (*acdeploy.Verification, error) {
		return toolbox().Verify(t.Context(), pairOf(t, path, path), acdeploy.VerifySettings{Options: options}, nil)
	}
	if _, err := verified(); err == nil || !strings.Contains(err.Error(), `declares no shape, so no values can be made for it`) {
		t.Errorf("without data: %v", err)
	}
	options.Data.Path = npztest.File(t, map[string][]byte{"images": npztest.Of([]int64{3, 2}, float32(1), -2, 3, 4, 5, 6)})
	found, err := verified()
	if err != nil {
		t.Fatal(err)
	}
	want := []verify.GeneratedInput{{Name: "x", Kinds: []verify.InputKind{verify.InputData}, Scale: 1, Min: -2, Max: 4}}
	if diff := cmp.Diff(want, found.Inputs); diff != "" {
		t.Error(diff)
	}
	last := found.Checks[len(found.Checks)-1]
	if !found.Equal || last.Samples != 3 || last.Agreement[0].Value != 1 {
		t.Errorf("%+v", found)
	}
}
