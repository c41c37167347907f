package bench

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/tensor"
)

func spec(name string, typ tensor.Type, dims ...tensor.Dim) tensor.Spec {
	return tensor.Spec{Name: name, Type: typ, Shape: dims, Ranked: true}
}

func symbol(name string) tensor.Dim { return tensor.Dim{Size: -1, Param: name} }

// TestWidened gives models of other inputs those of all, and no input two times.
func TestWidened(t *testing.T) {
	three := tensor.Fixed(3)
	models := []backends.Model{
		{Name: "a", Inputs: []tensor.Spec{spec("x", tensor.Float32, symbol("N"), three), spec("y", tensor.Int64, three)}},
		{Name: "b", Inputs: []tensor.Spec{spec("image", tensor.Uint8, symbol("N"), symbol("H")), spec("y", tensor.Int64, three)}},
	}
	inputs, _, err := settle(widened(models), dims.Ask{Batch: 4, Sizes: map[string]int64{"H": 9}})
	if err != nil || len(inputs) != 3 || !slices.Equal(inputs[0].Shape, []int64{4, 3}) || !slices.Equal(inputs[2].Shape, []int64{4, 9}) {
		t.Errorf("got %+v, %v", inputs, err)
	}
	if _, _, err := settle(models, dims.Ask{}); err == nil || len(models[0].Inputs) != 2 {
		t.Errorf("%d inputs, %v", len(models[0].Inputs), err)
	}
}

func TestSettle(t *testing.T) {
	three := tensor.Fixed(3)
	image := spec("x", tensor.Float32, symbol("N"), three)
	for name, c := range map[string]struct {
		models [][]tensor.Spec
		batch  int64
		sizes  map[string]int64
		want   [][]int64
		got    int64 // the batch
	}{
		"default batch":    {[][]tensor.Spec{{image}}, 0, nil, [][]int64{{1, 3}}, 1},
		"batch":            {[][]tensor.Spec{{image}}, 8, nil, [][]int64{{8, 3}}, 8},
		"fixed":            {[][]tensor.Spec{{spec("x", tensor.Float32, tensor.Fixed(4), three)}}, 0, nil, [][]int64{{4, 3}}, 4},
		"fixed and asked":  {[][]tensor.Spec{{spec("x", tensor.Float32, tensor.Fixed(4), three)}}, 4, nil, [][]int64{{4, 3}}, 4},
		"other model says": {[][]tensor.Spec{{image}, {spec("x", tensor.Float32, tensor.Fixed(2), symbol("C"))}}, 0, nil, [][]int64{{2, 3}}, 2},
		"symbol":           {[][]tensor.Spec{{spec("x", tensor.Int64, symbol("N"), symbol("sequence"))}}, 2, map[string]int64{"sequence": 5}, [][]int64{{2, 5}}, 2},
		"no symbol":        {[][]tensor.Spec{{spec("x", tensor.Int64, symbol("N"), symbol(""))}}, 0, map[string]int64{"x.1": 5}, [][]int64{{1, 5}}, 1},
		"batch elsewhere":  {[][]tensor.Spec{{image, spec("y", tensor.Float32, three, symbol("N"))}}, 4, nil, [][]int64{{4, 3}, {3, 4}}, 4},
		"scalar":           {[][]tensor.Spec{{spec("x", tensor.Float32)}}, 0, nil, [][]int64{{}}, 1},
		"unranked":         {[][]tensor.Spec{{{Name: "x", Type: tensor.Float32}}, {image}}, 0, nil, [][]int64{{1, 3}}, 1},
		"no input":         {[][]tensor.Spec{{}}, 0, nil, [][]int64{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var models []backends.Model
			for _, specs := range c.models {
				models = append(models, backends.Model{Name: "m", Inputs: specs})
			}
			inputs, settled, err := settle(models, dims.Ask{Batch: c.batch, Sizes: c.sizes})
			if err != nil {
				t.Fatal(err)
			}
			if settled.Batch != c.got || len(inputs) != len(c.want) {
				t.Fatalf("batch %d, %d inputs", settled.Batch, len(inputs))
			}
			for i, in := range inputs {
				if !slices.Equal(in.Shape, c.want[i]) {
					t.Errorf("input %s has shape %v, want %v", in.Name, in.Shape, c.want[i])
				}
			}
		})
	}
}

func TestSettleRefuses(t *testing.T) {
	image := spec("x", tensor.Float32, symbol("N"), tensor.Fixed(3))
	for name, c := range map[string]struct {
		other  []tensor.Spec
		batch  int64
		base   tensor.Spec
		usage  bool
		words  []string
		shapes map[string]int64
	}{
		"more inputs":   {other: []tensor.Spec{image, image}, base: image, words: []string{"other", "base"}},
		"other name":    {other: []tensor.Spec{spec("y", tensor.Float32, symbol("N"), tensor.Fixed(3))}, base: image, words: []string{`no input "x"`, "float[N,3] y"}},
		"other type":    {other: []tensor.Spec{spec("x", tensor.Float16, symbol("N"), tensor.Fixed(3))}, base: image, words: []string{"float16 instead of float"}},
		"other size":    {other: []tensor.Spec{spec("x", tensor.Float32, symbol("N"), tensor.Fixed(4))}, base: image, words: []string{"float[N,4] x instead of float[N,3] x"}},
		"other rank":    {other: []tensor.Spec{spec("x", tensor.Float32, symbol("N"))}, base: image, words: []string{"float[N] x"}},
		"missing shape": {base: spec("x", tensor.Float32, symbol("N"), symbol("height")), usage: true, words: []string{"--shape height=", "height] x"}},
		"unnamed shape": {base: spec("x", tensor.Float32, symbol("N"), symbol("")), usage: true, words: []string{"--shape x.1="}},
		"fixed batch":   {base: spec("x", tensor.Float32, tensor.Fixed(1), tensor.Fixed(3)), batch: 8, usage: true, words: []string{"batch 8", "fixed to 1"}},
		"unused shape":  {base: image, shapes: map[string]int64{"depth": 3}, usage: true, words: []string{`"depth"`}},
		"huge":          {base: spec("x", tensor.Float32, symbol("N"), tensor.Fixed(1<<20)), batch: 1 << 20, usage: true, words: []string{"bytes"}},
		"overflow":      {base: spec("x", tensor.Float32, symbol("N"), tensor.Fixed(1<<50)), batch: 1 << 40, usage: true, words: []string{"overflows"}},
		"unranked":      {base: tensor.Spec{Name: "x", Type: tensor.Float32}, words: []string{"declares no shape"}},
	} {
		t.Run(name, func(t *testing.T) {
			models := []backends.Model{{Name: "base", Inputs: []tensor.Spec{c.base}}}
			if c.other != nil {
				models = append(models, backends.Model{Name: "other", Inputs: c.other})
			}
			_, _, err := settle(models, dims.Ask{Batch: c.batch, Sizes: c.shapes})
			if err == nil || errors.Is(err, ErrUsage) != c.usage {
				t.Fatalf("error %v, want it to be of usage: %v", err, c.usage)
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not mention %q", err, word)
				}
			}
		})
	}
}

// TestReliability11AbsurdSizes takes sizes that no machine has room for as a wrong command line.
func TestReliability11AbsurdSizes(t *testing.T) {
	open := spec("x", tensor.Float32, symbol("N"), tensor.Fixed(3), symbol("H"), symbol("W"))
	for _, size := range []int64{1 << 33, 1 << 60, 9e18} {
		o := Defaults()
		o.Batch = []int64{1, size}
		if err := o.Validate(); !errors.Is(err, outcome.ErrUsage) {
			t.Errorf("batch %d: %v", size, err)
		}
		_, _, err := settle([]backends.Model{{Name: "m", Inputs: []tensor.Spec{open}}}, dims.Ask{Batch: 1, Sizes: map[string]int64{"H": size, "W": size}})
		if !errors.Is(err, outcome.ErrUsage) {
			t.Errorf("size %d: %v", size, err)
		}
	}
}
