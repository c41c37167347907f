package passes_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const exporters = "testdata/exporters"

// exported reads a file that an exporter wrote.
func exported(tb testing.TB, name string) func() *graph.Model {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(exporters, name+".onnx"))
	if err != nil {
		tb.Fatal(err)
	}
	return func() *graph.Model {
		return decoded(tb, data, func(location string) ([]byte, error) {
			return os.ReadFile(filepath.Join(exporters, location))
		})
	}
}

func decoded(tb testing.TB, data []byte, open onnx.Opener) *graph.Model {
	tb.Helper()
	m, err := onnx.Decode(data, open)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestExporters(t *testing.T) {
	var (
		oneConv  = map[string]int{"Conv": 1}
		convRelu = map[string]int{"Conv": 1, "Relu": 1}
		nhwcRelu = map[string]int{"Conv": 1, "Relu": 1, "Transpose": 2}
		unfused  = map[string]int{"Conv": 3, "BatchNormalization": 3, "Add": 2, "Relu": 1}
		written  = map[string]int{"Conv": 2, "Pad": 1, "ScatterND": 4}
		image    = [][]int64{{1, 4, 6, 6}} // of most files
	)
	cases := []struct {
		file    string
		ops     map[string]int
		reasons []string // of the refusals, sorted, each once
		shapes  [][][]int64
	}{
		{"ts_eval_acb", convRelu, nil, [][][]int64{image}},
		{"ts_preserve_acb", convRelu, nil, [][][]int64{image}},
		{"ts_preserve_acb_opset9", convRelu, nil, [][][]int64{image}},
		{"ts_preserve_crop", convRelu, nil, [][][]int64{image}},
		{"ts_preserve_crop_opset9", convRelu, nil, [][][]int64{image}},
		{"ts_crop_by_size", convRelu, nil, [][][]int64{image}},
		{"ts_crop_by_any_size", convRelu, nil, [][][]int64{image, {{2, 4, 5, 5}}, {{1, 4, 7, 5}}}},
		{"ts_preserve_written", written, []string{passes.Border}, [][][]int64{image}},
		{"dynamo_raw_crop_by_size", convRelu, nil, [][][]int64{image}},
		{"dynamo_raw_written", map[string]int{"Conv": 2, "Pad": 1, "ScatterND": 4, "Transpose": 8}, []string{passes.Border}, [][][]int64{image}},
		{"ts_preserve_dbb", convRelu, nil, [][][]int64{image}},
		{"ts_ecb", convRelu, nil, [][][]int64{image}},
		{"ts_distilled", map[string]int{"Relu": 1, "ReduceMean": 1, "Gemm": 1}, nil, [][][]int64{image}},
		{"ts_preserve_dynamic", convRelu, nil, [][][]int64{image, {{3, 4, 1, 1}}, {{1, 4, 2, 7}}}},
		{"ts_preserve_net", map[string]int{"Conv": 2, "Relu": 2, "AveragePool": 1, "Reshape": 1, "Gemm": 1}, nil, [][][]int64{{{1, 3, 8, 8}}}},
		{"ts_preserve_affine_false", convRelu, nil, [][][]int64{image}},
		{"ts_preserve_add_zero", convRelu, nil, [][][]int64{image}},
		{"ts_preserve_stacked", convRelu, nil, [][][]int64{image}},
		{"ts_preserve_repmixer", oneConv, nil, [][][]int64{image}},
		{"ts_add_zero", convRelu, nil, [][][]int64{image}},
		{"ts_qarepvgg", convRelu, nil, [][][]int64{image}},
		{"ts_identity_shared", oneConv, nil, [][][]int64{image}},
		{"ts_opset8", convRelu, nil, [][][]int64{image}},
		{"ts_opset8_repvgg", convRelu, nil, [][][]int64{image}},
		{"ts_training_acb", unfused, []string{passes.TrainingMode}, nil},
		{"ts_training_acb_opset13", unfused, []string{passes.TrainingMode}, nil},
		{"ts_initializers_as_inputs", unfused, []string{passes.GraphInput}, [][][]int64{image}},

		{"ts_functions", map[string]int{"Conv": 2, "Relu": 2, "AveragePool": 1, "Reshape": 1, "Gemm": 1}, nil, [][][]int64{{{1, 3, 8, 8}}}},
		{
			"ts_function_of_nothing",
			map[string]int{"Conv": 1, "Relu": 1, "Swish": 1, "AveragePool": 1, "Reshape": 1, "Gemm": 1},
			nil,
			[][][]int64{{{1, 3, 8, 8}}},
		},
		{"onnxscript_functions", map[string]int{"Conv": 2, "Swish": 3}, nil, [][][]int64{image}},

		{"dynamo_acb", convRelu, nil, [][][]int64{image}},
		{"dynamo_repvgg", convRelu, nil, [][][]int64{image}},
		{"dynamo_mobileone", convRelu, nil, [][][]int64{image}},
		{"dynamo_stacked", convRelu, nil, [][][]int64{image}},
		{"dynamo_qarepvgg", convRelu, nil, [][][]int64{image}},
		{"dynamo_repmixer", oneConv, nil, [][][]int64{image}},
		{"dynamo_tied", map[string]int{"Conv": 2, "Relu": 2}, nil, [][][]int64{image}},
		{"dynamo_crop", convRelu, nil, [][][]int64{image}},
		{"dynamo_shared", oneConv, nil, [][][]int64{image}},
		{"dynamo_dynamic_stride2", convRelu, nil, [][][]int64{{{2, 4, 7, 9}}, {{1, 4, 4, 5}}, {{1, 4, 8, 8}}}},
		{"dynamo_external", map[string]int{"Conv": 2, "Relu": 2, "AveragePool": 1, "Reshape": 1, "Gemm": 1}, nil, [][][]int64{{{1, 3, 8, 8}}}},
		{
			"dynamo_dbb", // the border is rounded by itself
			map[string]int{"Conv": 4, "Pad": 2, "ScatterND": 8, "Transpose": 6, "AveragePool": 1, "BatchNormalization": 1, "Add": 2, "Relu": 1},
			[]string{passes.Border, passes.NoConvolution},
			[][][]int64{image},
		},
		{"dynamo_ecb", convRelu, nil, [][][]int64{{{1, 4, 6, 6}}, {{2, 4, 4, 7}}, {{1, 4, 9, 5}}}},
		{"dynamo_raw_dbb", convRelu, nil, [][][]int64{{{1, 4, 7, 9}}, {{3, 4, 7, 9}}}},
		{"dynamo_distilled", map[string]int{"Relu": 1, "ReduceMean": 1, "Gemm": 1}, nil, [][][]int64{image}},
		{"dynamo_raw_acb", convRelu, nil, [][][]int64{image}},
		{"dynamo_raw_crop", convRelu, nil, [][][]int64{image}},
		{"dynamo_raw_affine_false", convRelu, nil, [][][]int64{image}},
		{"dynamo_raw_mobileone", convRelu, nil, [][][]int64{image}},
		{"dynamo_raw_repmixer", oneConv, nil, [][][]int64{image}},

		{"paddle_acb", convRelu, nil, [][][]int64{image}},
		{"paddle_acb_dynamic", convRelu, nil, [][][]int64{image, {{2, 4, 7, 5}}}},
		{"paddle_repvgg", convRelu, nil, [][][]int64{image}},
		{"paddle_scaled", map[string]int{"Conv": 1, "HardSigmoid": 1, "Mul": 1}, nil, [][][]int64{image}},

		{"keras_acb", nhwcRelu, nil, [][][]int64{{{1, 6, 6, 4}}}},
		{"keras_acb_bias", nhwcRelu, nil, [][][]int64{{{1, 6, 6, 4}}}},
		{"keras_acb_stride2", nhwcRelu, nil, [][][]int64{{{1, 6, 6, 4}}}},
		{"keras_acb_stride2_bias", nhwcRelu, nil, [][][]int64{{{1, 6, 6, 4}}}},
		{"keras_acb_stride2_odd", nhwcRelu, nil, [][][]int64{{{1, 7, 7, 4}}}},
		{"keras_acb_unknown_size", nhwcRelu, nil, [][][]int64{{{1, 6, 6, 4}}, {{1, 1, 3, 4}}, {{1, 5, 2, 4}}}},
		{
			"keras_acb_unknown_size_stride2",
			map[string]int{"Conv": 3, "Add": 2, "Relu": 1, "Transpose": 2},
			[]string{passes.PaddingMode},
			nil,
		},
		{"keras_depthwise", nhwcRelu, nil, [][][]int64{{{1, 6, 6, 4}}}},
	}
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) {
			m, result := passtest.Run(t, exported(t, c.file), defaults(), c.shapes...)
			if diff := cmp.Diff(c.ops, ops(m)); diff != "" {
				t.Errorf("operators (-want +got):\n%s\n%s", diff, passtest.Text(m))
			}
			sayWhatToDo(t, result)
			if got := reasons(result); !slices.Equal(got, c.reasons) {
				t.Errorf("refused for %q, want %q", got, c.reasons)
			}
			sameWhenSaved(t, m)
		})
	}
	files, err := filepath.Glob(filepath.Join(exporters, "*.onnx"))
	if err != nil || len(files) != len(cases) {
		t.Errorf("%d files, %d cases (%v)", len(files), len(cases), err)
	}
}

// reasons are those of the refusals of all passes, sorted, each once.
func reasons(r *pipeline.Result) []string {
	var list []string
	for _, p := range r.Passes {
		for _, refusal := range p.Refusals {
			list = append(list, refusal.Reason)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// sameWhenSaved writes a model, reads it again, and compares the declared types and the bytes.
func sameWhenSaved(tb testing.TB, m *graph.Model) {
	tb.Helper()
	file := saved(tb, m)
	again := decoded(tb, file, nil)
	for v := range again.Graph.Initializers() {
		if declared := v.Type().Elem; declared != tensor.Undefined && declared != v.Data().Type() {
			tb.Errorf("initializer %q is declared as %s and is %s", v.Name(), v.Type(), v.Data().Type())
		}
		for i, d := range v.Type().Shape {
			if d.Size != v.Data().Shape()[i] {
				tb.Errorf("initializer %q is declared as %s and has shape %v", v.Name(), v.Type(), v.Data().Shape())
			}
		}
	}
	if !bytes.Equal(file, saved(tb, again)) {
		tb.Error("the file changes when it is read and written again")
	}
}

func saved(tb testing.TB, m *graph.Model) []byte {
	tb.Helper()
	var file bytes.Buffer
	if _, err := onnx.Encode(&file, m); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

func TestExportedFunctionsThatAreLeft(t *testing.T) {
	for file, want := range map[string]string{"ts_functions": "", "ts_function_of_nothing": "Swish", "onnxscript_functions": "Swish"} {
		m, _ := passtest.Run(t, exported(t, file), defaults())
		if got := functionNames(m); got != want {
			t.Errorf("%s: functions %q are left, want %q", file, got, want)
		}
	}
}

func TestExternalDataOfAnExporterIsFusedAndWrittenAsideAgain(t *testing.T) {
	build := exported(t, "dynamo_external")
	m, _ := passtest.Run(t, build, defaults())
	plan, err := onnx.NewLayout(m, onnx.Options{Locations: []string{"beside"}})
	if err != nil {
		t.Fatal(err)
	}
	var file, data bytes.Buffer
	if err := errors.Join(plan.WriteModel(&file), plan.WriteData(&data, 0)); err != nil {
		t.Fatal(err)
	}
	if data.Len() == 0 {
		t.Fatal("nothing was written aside")
	}
	again := decoded(t, file.Bytes(), func(string) ([]byte, error) { return data.Bytes(), nil })
	inline := decoded(t, saved(t, m), nil)
	in := passtest.Inputs(inline, [][]int64{{1, 3, 8, 8}}, 1)
	if diff, err := passtest.Difference(inline, again, in); err != nil || diff != 0 {
		t.Errorf("the answers differ by %g (%v)", diff, err)
	}
}
