package passes_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// Faults of other optimisers whose tests stand elsewhere, since they are not about one block:
//
//	W10, W14  every opset and unknown operators are accepted   TestCorpus, TestEveryOpset
//	W11       only the files that were named are touched       onnx/mapped TestSaveTouchesNothingElse
//	W13       names, documentation and metadata stay           onnx TestWhatSurvivesARewriteKeepsWhatTheExporterSaidOfIt
//	W15       quantized operators stay                         TestQuantized
//	W16, W17  captures are uses; outputs are kept              TestSubgraphs, graph TestCaptures, TestRandomBlocks
//	W18       the answers are compared, a difference is an error   cli TestExitCodes, verify TestEveryMetricSeesABrokenFold
//	W19       tolerances follow size and depth                 verify TestRoundingToleranceIsTight
//	W21       models of more than two gigabytes                onnx/mapped TestModelsPastTheLimitGoOutWithADataFile
//	W22       memory                                           TestGrowth, cmd/acdeploy BenchmarkFuse
//	W23       linear time                                      TestLinearTime
//	W24       no crash                                         FuzzPasses, FuzzEdits, onnx FuzzDecode

// TestEncodings fuses one model with its weights as typed numbers (T27), as bytes and in a file next to it:
// the same file comes out.
func TestEncodings(t *testing.T) {
	var want string
	for _, name := range []string{"raw_data", "float_data", "external"} {
		f, err := mapped.Open(filepath.Join("testdata", "encodings", name+".onnx"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		if _, err := pipeline.Run(t.Context(), f.Model.Graph, defaults(), pipeline.Options{}); err != nil {
			t.Fatal(err)
		}
		if got := ops(f.Model); !maps.Equal(got, map[string]int{"Conv": 1}) {
			t.Errorf("%s: operators %v", name, got)
		}
		text := passtest.Text(f.Model)
		if want == "" {
			want = text
		}
		if text != want {
			t.Errorf("%s became\n%s\nraw_data became\n%s", name, text, want)
		}
	}
}

// encodingCases write constants in every way that a file can (T26).
func encodingCases() map[string]cornerCase {
	conv := map[string]int{"Conv": 1}
	values := func(op *graph.Attr) cornerCase {
		return cornerCase{
			block: func(b *builder, x *graph.Value) *graph.Value {
				y := b.conv(x, square())
				return b.node("Mul", []*graph.Value{y, b.node("Constant", nil, op)})
			},
			want: conv,
		}
	}
	return map[string]cornerCase{
		"T26_constant_value":       values(graph.TensorAttr("value", tensor.Of([]int64{4, 1, 1}, float32(1), 2, 3, 4))),
		"T26_constant_value_float": values(graph.FloatAttr("value_float", 2.5)),
		"T26_constant_value_floats": values(&graph.Attr{
			Name: "value_floats", Kind: graph.AttrFloats, Floats: []float32{2},
		}),
		"T26_sparse_initializer": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				w, err := b.g.AddInitializer("sparse", nil)
				if err != nil {
					panic(err)
				}
				return b.bn(b.node("Conv", []*graph.Value{x, w}), 4)
			},
			image: []int64{}, want: map[string]int{"Conv": 1, "BatchNormalization": 1}, reason: "unsupported",
		},
		"T26_constant_that_is_shared": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				c := b.node("Constant", nil, graph.TensorAttr("value", tensor.Of([]int64{4, 1, 1}, float32(1), 2, 3, 4)))
				y := b.node("Mul", []*graph.Value{b.conv(x, square()), c})
				return b.node("Max", []*graph.Value{y, c})
			},
			want: map[string]int{"Conv": 1, "Max": 1},
		},
		"W12_unused_and_overridable_inputs": {
			block: func(b *builder, x *graph.Value) *graph.Value {
				b.input("unused", 3)
				b.input("w", 4, 4, 1, 1)
				w, err := b.g.AddInitializer("w", b.constant(4, 4, 1, 1).Constant())
				if err != nil {
					panic(err)
				}
				return b.bn(b.node("Conv", []*graph.Value{x, w}), 4)
			},
			image: []int64{}, want: map[string]int{"Conv": 1, "BatchNormalization": 1}, reason: "graph_input",
		},
	}
}

// TestEveryOpset runs one block in every opset (T28): from 6 on it becomes one convolution, before that
// it is accepted.
func TestEveryOpset(t *testing.T) {
	for version := int64(1); version <= 28; version++ {
		t.Run(strconv.FormatInt(version, 10), func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(2)
				b.m.Opsets[0].Version = version
				x := b.input("x", -1, 4, -1, -1)
				y := b.add(acb(b, x, 4, 4, 1, nil), b.bn(x, 4))
				if version == 6 {
					for n := range b.g.Nodes() {
						if n.Is("BatchNormalization") {
							n.SetAttr(graph.IntAttr("is_test", 1))
						}
					}
				}
				return b.output(b.node("Relu", []*graph.Value{y}))
			}
			var sizes [][][]int64
			if version >= 6 {
				sizes = small(4)
			}
			after, result := passtest.Run(t, build, defaults(), sizes...)
			if got := ops(after); version >= 6 && !maps.Equal(got, map[string]int{"Conv": 1, "Relu": 1}) {
				t.Errorf("operators %v; refusals %q", got, refusals(result))
			}
		})
	}
}

// TestAnyPassMayBeDisabled leaves out one pass after the other (W17): every promise is kept without it.
func TestAnyPassMayBeDisabled(t *testing.T) {
	for i, step := range defaults() {
		t.Run(step.Name, func(t *testing.T) {
			steps := slices.Delete(defaults(), i, i+1)
			for seed := range uint64(60) {
				b := randomBlock(seed)
				if err := b.promises(steps); err != nil {
					t.Fatalf("%v\n%v", b, err)
				}
			}
		})
	}
}
