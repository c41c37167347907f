package acdeploy_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// digits are the first images of the examples, whole rows of numbers, and their labels.
func digits(t *testing.T, samples int) (images []float32, labels []int64) {
	t.Helper()
	o := dataset.Defaults()
	o.Path, o.Batch = filepath.Join("examples", "digits.npz"), samples
	shape := []tensor.Dim{{Size: -1}, tensor.Fixed(3), tensor.Fixed(32), tensor.Fixed(32)}
	data, err := dataset.Open(o, []tensor.Spec{{Name: "x", Type: tensor.Float32, Ranked: true, Shape: shape}})
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
	path := filepath.Join("examples", "cifar_quick", "acnet.onnx")
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
