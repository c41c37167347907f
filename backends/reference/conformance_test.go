package reference

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// The node tests that the ONNX project publishes with its package for Python, and how many of them there
// are whose operators and element types this package knows.
const (
	corpusFile  = "../../.tools/corpus/onnx-1.22.0.whl"
	nodeFolder  = "onnx/backend/test/data/node/"
	nodesPassed = 1423
)

// TestONNXNodes runs the node tests of the ONNX project: one folder a test, with model.onnx and
// test_data_set_0/{input,output}_*.pb.
func TestONNXNodes(t *testing.T) {
	archive, err := zip.OpenReader(corpusFile)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the models of the ONNX project are not here; make corpus fetches them")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	passed, skipped := 0, map[string]int{}
	for _, file := range archive.File {
		folder, ok := strings.CutSuffix(file.Name, "/model.onnx")
		if !ok || !strings.HasPrefix(folder, nodeFolder) {
			continue
		}
		name := path.Base(folder)
		reason, err := nodeTest(&archive.Reader, folder)
		if why, known := disagree()[name]; known && err != nil {
			reason = why
		}
		switch {
		case reason != "":
			skipped[reason]++
		case err != nil:
			t.Errorf("%s: %v", name, err)
		default:
			passed++
		}
	}
	if passed != nodesPassed {
		t.Errorf("%d passed, want %d", passed, nodesPassed)
	}
	out := 0
	for _, reason := range slices.Sorted(maps.Keys(skipped)) {
		t.Logf("%d out of scope: %s", skipped[reason], reason)
		out += skipped[reason]
	}
	t.Logf("%d node tests: %d give the published answers, %d are out of the oracle's scope", passed+out, passed, out)
}

// disagree are the tests whose data this package does not follow, with the reason.
func disagree() map[string]string {
	return map[string]string{
		"test_averagepool_2d_ceil_last_window_starts_on_pad": "the data was rounded to four digits by hand",
		"test_resize_downsample_scales_cubic_align_corners":  "the output is taken to be 2.4 and 2.4 long; onnxruntime takes 2, as here",
		"test_resize_downsample_scales_linear_align_corners": "the output is taken to be 1.2 and 2.4 long; onnxruntime takes 1 and 2, as here",
		"test_gridsample_bicubic":                            "the data was rounded to four digits by hand",
		"test_roialign_aligned_false":                        "the data was rounded to four digits by hand",
		"test_roialign_aligned_true":                         "the data was rounded to four digits by hand",
		"test_dynamicquantizelinear":                         "an element lies between two integers, and rounding of the scale to float32 decides",
		"test_dynamicquantizelinear_expanded":                "an element lies between two integers, and rounding of the scale to float32 decides",
		"test_identity_sequence":                             "sequences are not computed",
	}
}

// unmet tells errors that say that something is out of the backend's range from those that say that
// it is wrong, and returns what is.
func unmet(err error) string {
	for _, words := range []string{"not known to the reference backend", "not computed", "no cast from"} {
		if strings.Contains(err.Error(), words) {
			if _, what, ok := strings.Cut(err.Error(), " ("); ok {
				return "(" + what
			}
			return err.Error()
		}
	}
	return ""
}

func nodeTest(files fs.FS, folder string) (skip string, err error) {
	raw, err := fs.ReadFile(files, folder+"/model.onnx")
	if err != nil {
		return "", err
	}
	model, err := onnx.Decode(raw, nil)
	if err != nil {
		return "", err
	}
	s, err := OpenGraph(model)
	if err != nil {
		return unmet(err), err
	}
	in := tensor.Map{}
	for k, v := range model.Graph.Inputs() {
		file := fmt.Sprintf("%s/test_data_set_0/input_%d.pb", folder, k)
		if in[v.Name()], err = readTensor(files, file); err != nil {
			return "data is no tensor", err
		}
	}
	out, err := s.Run(context.Background(), in)
	if err != nil {
		return unmet(err), err
	}
	for k, v := range model.Graph.Outputs() {
		want, err := readTensor(files, fmt.Sprintf("%s/test_data_set_0/output_%d.pb", folder, k))
		if err != nil {
			return "data is no tensor", err
		}
		if err := same32(out[v.Name()], want); err != nil {
			return "", fmt.Errorf("output %d: %w", k, err)
		}
	}
	return "", nil
}

// readTensor reads a TensorProto, by way of a model of which it is the only initializer.
func readTensor(files fs.FS, path string) (*tensor.Tensor, error) {
	raw, err := fs.ReadFile(files, path)
	if err != nil {
		return nil, err
	}
	model, err := onnx.Decode(modelOf(raw), nil)
	if err != nil {
		return nil, err
	}
	for v := range model.Graph.Initializers() {
		return v.Data(), nil
	}
	return nil, fmt.Errorf("%s holds no tensor", path)
}

// same32 compares with results that were computed in float32 or coarser.
func same32(got, want *tensor.Tensor) error {
	if got.Type() != want.Type() || !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("is %s%v, want %s%v", got.Type(), got.Shape(), want.Type(), want.Shape())
	}
	if got.Type() == tensor.String {
		if !slices.Equal(got.Strings(), want.Strings()) {
			return fmt.Errorf("is %q, want %q", got.Strings(), want.Strings())
		}
		return nil
	}
	rel := 2e-5
	if got.Type() == tensor.Float16 || got.Type() == tensor.BFloat16 {
		rel = 1e-2
	}
	g, w := got.Float64s(), want.Float64s()
	for k := range w {
		if g[k] != w[k] && !(math.IsNaN(g[k]) && math.IsNaN(w[k])) && !(math.Abs(g[k]-w[k]) <= rel*math.Abs(w[k])+1e-6) {
			return fmt.Errorf("element %d is %g, want %g", k, g[k], w[k])
		}
	}
	return nil
}

// modelOf is a model whose only initializer is the TensorProto, under the name t.
func modelOf(initializer []byte) []byte {
	// The last name in a message counts.
	initializer = message(initializer, 8, []byte("t"))
	opset := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 18)
	model := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 8)
	return message(message(model, 7, message(nil, 5, initializer)), 8, opset)
}

// externalModel is a model with one float whose data lies in another file.
func externalModel(location string) []byte {
	t := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1)
	t = message(t, 13, message(message(nil, 1, []byte("location")), 2, []byte(location)))
	return modelOf(protowire.AppendVarint(protowire.AppendTag(t, 14, protowire.VarintType), 1))
}

// message appends a field of bytes.
func message(to []byte, field protowire.Number, data []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, field, protowire.BytesType), data)
}
