package passes_test

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestPublishedConstants makes constants of the inputs of every node test that the ONNX project publishes. What
// fold_constants computes is what is published. What it leaves stands in a file, with the reason.
func TestPublishedConstants(t *testing.T) {
	archive := openCorpus(t)
	var left []string
	computed := 0
	for _, f := range archive.File {
		folder, ok := strings.CutSuffix(f.Name, "/model.onnx")
		if !ok || !strings.HasPrefix(folder, "onnx/backend/test/data/node/") {
			continue
		}
		why, err := foldPublished(t.Context(), &archive.Reader, folder)
		switch {
		case err != nil:
			t.Errorf("%s: %v", path.Base(folder), err)
		case why != "":
			left = append(left, path.Base(folder)+": "+why)
		default:
			computed++
		}
	}
	slices.Sort(left)
	t.Logf("%d node tests are computed, %d are left", computed, len(left))
	text := strings.Join(left, "\n") + "\n"
	file := filepath.Join("testdata", "fold_constants_left.golden")
	if passtest.Updating() {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("others are left than %s says; go test ./passes -run TestPublishedConstants -update, and read the diff", file)
	}
	for _, line := range left {
		if strings.HasSuffix(line, unknownReason) {
			t.Error(line)
		}
	}
}

const unknownReason = "nobody knows why"

// foldPublished computes one node test: an error where something else comes out than is published, and the reason
// where something is left.
func foldPublished(ctx context.Context, files fs.FS, folder string) (string, error) {
	raw, err := fs.ReadFile(files, folder+"/model.onnx")
	if err != nil {
		return "", err
	}
	m, err := onnx.Decode(raw, nil)
	if err != nil {
		return "", err
	}
	g := m.Graph
	for k, v := range g.Inputs() {
		x, err := publishedTensor(files, fmt.Sprintf("%s/test_data_set_0/input_%d.pb", folder, k))
		if err != nil {
			return "its input is no tensor", nil
		}
		graph.ReplaceAllUses(v, g.NewInitializer(v.Name(), x))
	}
	outputs := g.Outputs()
	for k, v := range outputs {
		n := graph.NewNode("Keep", v) // a result of the graph itself is not computed
		n.Domain = "test"
		outputs[k] = g.NewValue("out")
		if err := n.AddOutput(outputs[k]); err != nil {
			return "", err
		}
		g.Append(n)
	}
	g.SetOutputs(outputs...)
	var steps []pipeline.Step
	for _, s := range defaults() {
		switch s.Name {
		case "lift_constants", "fold_constants", "remove_unused", "eliminate_identity":
			if p, ok := s.Pass.(*passes.FoldConstants); ok {
				p.AllowGrowth = true
			}
			steps = append(steps, s)
		}
	}
	if _, err := pipeline.Run(ctx, g, steps, pipeline.Options{}); err != nil {
		return "", err
	}
	for k, v := range outputs {
		want, err := publishedTensor(files, fmt.Sprintf("%s/test_data_set_0/output_%d.pb", folder, k))
		if err != nil {
			return "its result is no tensor", nil
		}
		got := v.Producer().Input(0).Constant()
		if got == nil {
			return whyLeft(path.Base(folder), g, want), nil
		}
		if err := samePublished(got, want); err != nil {
			return "", fmt.Errorf("output %d: %w", k, err)
		}
	}
	return "", nil
}

// whyLeft says why a node test is not computed, by the first node that is left.
func whyLeft(test string, g *graph.Graph, want *tensor.Tensor) string {
	for n := range g.Nodes() {
		if n.Domain == "test" || !constantInputs(n) {
			continue
		}
		for _, why := range reasonsToLeave() {
			if slices.Contains(strings.Fields(why.ops), n.OpType) {
				return n.OpType + ": " + why.reason
			}
		}
		for i := range n.NumInputs() {
			if t := n.Input(i).Constant(); t != nil && (t.Type() == tensor.String || t.Type().Bits() < 8) {
				return n.OpType + ": elements of type " + t.Type().String() + " are not computed"
			} else if t != nil && !t.Type().IsFloat() && !t.Type().IsInteger() && t.Type() != tensor.Bool {
				return n.OpType + ": elements of type " + t.Type().String() + " are not computed"
			}
		}
		if want.Type().IsFloat() && !want.Finite() {
			return n.OpType + ": not all of its result are finite numbers"
		}
		known := leftCases()
		for end := len(test); end > 0; end-- { // the longest beginning counts
			if reason := known[test[:end]]; reason != "" {
				return n.OpType + ": " + reason
			}
		}
		return n.OpType + ": " + unknownReason
	}
	return unknownReason
}

func constantInputs(n *graph.Node) bool {
	for i := range n.NumInputs() {
		if v := n.Input(i); v != nil && v.Constant() == nil {
			return false
		}
	}
	return true
}

type reasonToLeave struct{ ops, reason string }

func reasonsToLeave() []reasonToLeave {
	return []reasonToLeave{
		{"Bernoulli Multinomial RandomNormal RandomUniform RandomNormalLike RandomUniformLike", "its result is random"},
		{"QuantizeLinear DequantizeLinear", "engines look for it beside a layer that they compute in integers"},
		{"DynamicQuantizeLinear QLinearConv QLinearMatMul", "it rounds what it computes to integers, and runtimes compute that in types of their own"},
		{"Attention", "a mask that ends before the keys, scores that are not finite, or a query that sees nothing"},
		{"If Loop Scan SequenceMap", "nodes with sub-graphs are not computed"},
		{"SequenceAt SequenceConstruct SequenceEmpty SequenceInsert SequenceErase SplitToSequence ConcatFromSequence Optional OptionalHasElement OptionalGetElement", "sequences and optionals are no tensors"},
		{"Momentum Adam Adagrad Gradient", "it belongs to training"},
		{"FlexAttention LinearAttention CausalConvWithState TensorScatter", "a layer of data, which the reference does not know either"},
		{"CenterCropPad ImageDecoder MelWeightMatrix", "the reference does not know it either"},
		{"TfIdfVectorizer TreeEnsemble Binarizer ArrayFeatureExtractor LabelEncoder", "it works on features"},
	}
}

// leftCases are node tests by the beginnings of their names.
func leftCases() map[string]string {
	return map[string]string{
		"test_cast":                            "it rounds to a narrower type",
		"test_averagepool":                     "runtimes do not agree on a last window that reaches past the pads",
		"test_maxpool_2d_ceil":                 "runtimes do not agree on a last window that stands on padding only",
		"test_maxpool_with_argmax":             "its places are counted by columns",
		"test_gridsample":                      "the nearest element is not certain",
		"test_maxunpool":                       "its places are counted in another shape",
		"test_nonmaxsuppression":               "equal scores, an overlap at the threshold, or corners that are rounded",
		"test_roialign":                        "runtimes do not agree on the maximum of samples",
		"test_pow_types":                       "integers to the power of fractions",
		"test_l2normalization":                 "a line of zeros has no direction",
		"test_training_dropout":                "its result is random",
		"test_dynamicquantizelinear":           "its result is rounded by another node",
		"test_attention":                       "not all numbers are finite, or its result is rounded to float16",
		"test_flexattention":                   "not all numbers are finite, or its result is rounded to float16",
		"test_causal_conv_with_state":          "its result is rounded to float16",
		"test_resize_tf_crop":                  "a crop, which the reference does not know either",
		"test_resize_downsample_scales_cubic":  "its corners are at no whole place",
		"test_resize_downsample_scales_linear": "its corners are at no whole place",
		"test_resize":                          "the nearest element, or the size, is not certain",
	}
}

// publishedTensor reads a TensorProto, by way of a model of which it is the only initializer.
func publishedTensor(files fs.FS, name string) (*tensor.Tensor, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	message := func(to []byte, field protowire.Number, data []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(to, field, protowire.BytesType), data)
	}
	raw = message(raw, 8, []byte("t")) // the last name in a message counts
	opset := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 18)
	model := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 8)
	m, err := onnx.Decode(message(message(model, 7, message(nil, 5, raw)), 8, opset), nil)
	if err != nil {
		return nil, err
	}
	for v := range m.Graph.Initializers() {
		if v.Data() != nil {
			return v.Data(), nil
		}
	}
	return nil, fmt.Errorf("%s holds no tensor", name)
}

// fourDecimals reports numbers that somebody wrote down with four decimals.
func fourDecimals(list []float64) bool {
	return !slices.ContainsFunc(list, func(v float64) bool { return math.Abs(v*1e4-math.Round(v*1e4)) > 1e-2 })
}

// samePublished compares with results that were computed in float32 or coarser; integers have to be the same.
func samePublished(got, want *tensor.Tensor) error {
	if got.Type() != want.Type() || !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("is %s%v, want %s%v", got.Type(), got.Shape(), want.Type(), want.Shape())
	}
	rel := 0.0
	switch want.Type() {
	case tensor.Float32, tensor.Float64:
		rel = 2e-5
	case tensor.Float16, tensor.BFloat16:
		rel = 1e-2
	}
	x, y := got.Float64s(), want.Float64s()
	if rel > 0 && fourDecimals(y) {
		rel = 1e-3
	}
	for k := range y {
		if x[k] != y[k] && !(math.IsNaN(x[k]) && math.IsNaN(y[k])) && !(math.Abs(x[k]-y[k]) <= rel*(math.Abs(y[k])+0.05)) {
			return fmt.Errorf("element %d is %g, want %g", k, x[k], y[k])
		}
	}
	return nil
}
