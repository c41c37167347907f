package verify

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

// identity answers with its input.
type identity struct{}

func (identity) Run(_ context.Context, in tensor.Map) (tensor.Map, error) {
	return tensor.Map{"y": in["x"]}, nil
}
func (identity) Close() error { return nil }

// negated answers with the second image of its second run upside down.
type negated struct{ calls *int }

func (n negated) Run(_ context.Context, in tensor.Map) (tensor.Map, error) {
	*n.calls++
	values := in["x"].Float64s()
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
		if *n.calls == 2 && i >= 2 {
			out[i] = float32(-v)
		}
	}
	return tensor.Map{"y": tensor.Of(in["x"].Shape(), out...)}, nil
}

func (n negated) Close() error { return nil }

func TestTop1(t *testing.T) {
	path := npztest.File(t, map[string][]byte{
		"images": npztest.Of([]int64{5, 2}, float32(1), 2, 5, 3, 4, 4, 0, 9, 9, 0),
		"labels": npztest.Of([]int64{5}, uint8(1), 0, 0, 0, 0),
	})
	want := &Top1{Output: "y", Samples: 5, Before: 0.8, After: 1, Agreement: 0.8, Changed: []int{3}}
	for _, spec := range []tensor.Spec{image(2), {Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2), tensor.Fixed(2)}}} {
		o := Defaults().Data
		o.Path, o.Batch = path, 2
		data, err := dataset.Open(o, []tensor.Spec{spec})
		if err != nil {
			t.Fatal(err)
		}
		check, err := Pair{Before: identity{}, After: negated{new(int)}, Outputs: []tensor.Spec{{Name: "y"}}}.CompareData(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, check.Top1); diff != "" {
			t.Error(diff)
		}
		if check.Inputs != 3 || check.Equal() {
			t.Errorf("check %+v", check)
		}
	}
}

func TestDataWithoutClasses(t *testing.T) {
	path := npztest.File(t, map[string][]byte{"pictures": npztest.Of([]int64{2, 1}, float32(1), 2)})
	data, err := dataset.Open(dataset.Options{Path: path, Images: "pictures"}, []tensor.Spec{image(1)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Pair{Before: identity{}, After: identity{}, Outputs: []tensor.Spec{{Name: "y"}}}.CompareData(t.Context(), data)
	if err == nil || !strings.Contains(err.Error(), errNoClasses.Error()) {
		t.Errorf("one column as classes: %v", err)
	}
}
