package acdeploy_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// digits are the first images of the examples, whole rows of numbers, and their labels.
func digits(t *testing.T, samples int) (images []float32, labels []int64) {
	t.Helper()
	o := dataset.Defaults()
	o.Path, o.Batch = filepath.Join("examples", "digits.npz"), samples
	shape := []tensor.Dim{{Size: -1}, tensor.Fixed(3), tensor.Fixed(32), tensor.Fixed(32)}
	data, err := dataset.Open(o, []tensor.Spec{{Name: "x", Type: tensor.Float32, Ranked: true, Shape: shape}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range data.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range b.Inputs["x"].Float64s() {
			images = append(images, float32(v))
		}
		return images, b.Labels
	}
	return nil, nil
}

// overData compares the network of the examples with itself over images in float64.
func overData(t *testing.T, images []float32, labels []byte) *acdeploy.Verification {
	t.Helper()
	return fileOverData(t, filepath.Join("examples", "cifar_quick", "acnet.onnx"), images, labels)
}

func fileOverData(t *testing.T, path string, images []float32, labels []byte) *acdeploy.Verification {
	t.Helper()
	options := verify.Defaults()
	options.Samples = 1
	options.Data.Path = npztest.File(t, map[string][]byte{
		"images": npztest.Of([]int64{int64(len(images) / (3 * 32 * 32)), 3, 32, 32}, images...), "labels": labels,
	})
	found, err := toolbox().Verify(t.Context(), pairOf(t, path, path), acdeploy.VerifySettings{Options: options}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// scaled are images as bytes would be.
func scaled(images []float32, by, middle float32) []float32 {
	var list []float32
	for _, v := range images {
		list = append(list, min(max(v*by+middle, 0), 255))
	}
	return list
}

// TestSuspiciousData says what does not seem to be right with images and labels, and compares nevertheless.
func TestSuspiciousData(t *testing.T) {
	skipShort(t, "verifies many models")
	const samples = 40
	images, labels := digits(t, samples)
	mapped := func(f func(class int64) int64) []byte {
		var list []int64
		for _, class := range labels {
			list = append(list, f(class))
		}
		return npztest.Of([]int64{samples}, list...)
	}
	oneHot := make([]float32, samples*10)
	floats := make([]float32, samples)
	for i, class := range labels {
		oneHot[i*10+int(class)], floats[i] = 1, float32(class)
	}
	right := npztest.Of([]int64{samples}, labels...)
	for name, c := range map[string]struct {
		images []float32
		labels []byte
		want   []string // reasons
	}{
		"right":          {images, right, nil},
		"one_hot":        {images, npztest.Of([]int64{samples, 10}, oneHot...), []string{dataset.LabelsOneHot}},
		"float":          {images, npztest.Of([]int64{samples}, floats...), []string{dataset.LabelsFloat}},
		"counted_from_1": {images, mapped(func(class int64) int64 { return class + 1 }), []string{"labels_off_by_one"}},
		"bytes":          {scaled(images, 70, 120), right, []string{"input_range"}},
		"of_others":      {images, mapped(func(class int64) int64 { return (class + 5) % 10 }), []string{"accuracy_at_chance"}},
	} {
		t.Run(name, func(t *testing.T) {
			found := overData(t, c.images, c.labels)
			var got []string
			for _, w := range found.Warnings {
				got = append(got, w.Reason)
			}
			got = slices.DeleteFunc(got, func(reason string) bool { return name == "bytes" && reason == "accuracy_at_chance" })
			if !slices.Equal(got, c.want) {
				t.Errorf("warnings %v, want %v", found.Warnings, c.want)
			}
			last := found.Checks[len(found.Checks)-1]
			if !found.Equal || last.Samples != samples || last.Top1 == nil || last.Top1.Agreement != 1 {
				t.Errorf("check %+v", last)
			}
		})
	}
}

// TestDataOfEveryKind gives the network of the examples other outputs: class numbers, a map of classes, an embedding, boxes.
func TestDataOfEveryKind(t *testing.T) {
	const samples = 20
	images, labels := digits(t, samples)
	file, err := model.Open(filepath.Join("examples", "cifar_quick", "acnet.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	m := file.Model().Clone()
	logits := m.Graph.Outputs()[0]
	head := func(name, op string, elem tensor.Type, in *graph.Value, attrs ...*graph.Attr) *graph.Value {
		n := graph.NewNode(op, in)
		for _, a := range attrs {
			n.SetAttr(a)
		}
		v, err := m.Graph.AddValue(name)
		if err != nil {
			t.Fatal(err)
		}
		v.SetType(graph.Type{Elem: elem})
		n.TakeOutput(v)
		m.Graph.Append(n)
		return v
	}
	var early *graph.Value // of the first Relu, [N,C,H,W]
	for n := range m.Graph.Nodes() {
		if n.Is("Relu") && early == nil {
			early = n.Output(0)
		}
	}
	outputs := []*graph.Value{
		head("map", "Identity", tensor.Float32, early),
		head("map_of_numbers", "ArgMax", tensor.Int64, early, graph.IntAttr("axis", 1), graph.IntAttr("keepdims", 0)),
		head("embedding", "LpNormalization", tensor.Float32, logits, graph.IntAttr("axis", 1)),
		head("class", "ArgMax", tensor.Int64, logits, graph.IntAttr("axis", 1), graph.IntAttr("keepdims", 0)),
		head("volume", "ReduceMax", tensor.Float32, early, graph.IntsAttr("axes", 1)),
	}
	m.Graph.SetOutputs(outputs...)
	found := fileOverData(t, saved(t, "heads.onnx", m), images, npztest.Of([]int64{samples}, labels...))
	last := found.Checks[len(found.Checks)-1]
	want := []verify.Agreement{
		{Output: "map", Kind: verify.AgreePixels, Value: 1},
		{Output: "map_of_numbers", Kind: verify.AgreePixels, Value: 1},
		{Output: "embedding", Kind: verify.AgreeDifference, Value: 0},
		{Output: "class", Kind: verify.AgreeTop1, Value: 1},
		{Output: "volume", Kind: verify.AgreeDifference, Value: 0},
	}
	if diff := cmp.Diff(want, last.Agreement); diff != "" {
		t.Error(diff)
	}
	if last.Top1 == nil || last.Top1.Output != "class" || last.Top1.Before < 0.8 || len(found.Warnings) > 0 {
		t.Errorf("top-1 %+v, warnings %v", last.Top1, found.Warnings)
	}
}

// TestRangeOfTrainedNetworks finds nothing wrong with the images that a network was trained for, and warns of the same images
// as bytes and between 0 and 1.
func TestRangeOfTrainedNetworks(t *testing.T) {
	images, _ := digits(t, 16)
	shape := []int64{16, 3, 32, 32}
	folder := models(t)
	for _, net := range []string{"cifar_quick", "cropped", "densenet40", "mobile_dw", "resnet20", "vgg16_quarter", "wrn16_2"} {
		for _, name := range []string{"acnet.onnx", "baseline.onnx"} {
			file, err := model.Open(filepath.Join(folder, net, name))
			if err != nil {
				t.Fatal(err)
			}
			run, err := toolbox().Exact(file.Model())
			if err != nil {
				t.Fatal(err)
			}
			for what, c := range map[string]struct {
				images []float32
				want   int
			}{"prepared": {images, 0}, "bytes": {scaled(images, 70, 120), 1}, "unit": {scaled(images, 0.25, 0.45), 1}} {
				in := tensor.Map{file.Signature().Inputs[0].Name: tensor.Of(shape, c.images...)}
				if warnings := verify.CheckRange(t.Context(), file.Model(), run, in); len(warnings) != c.want {
					t.Errorf("%s/%s, %s: %v", net, name, what, warnings)
				}
			}
			if err := errors.Join(run.Close(), file.Close()); err != nil {
				t.Error(err)
			}
		}
	}
}
