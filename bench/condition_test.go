package bench

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// The control answers as the baseline, and every arm as the first one of its function.
func TestPairs(t *testing.T) {
	arm := func(function string) placed { return placed{Arm: Arm{Function: function}} }
	for name, c := range map[string]struct {
		functions []string // of the baseline, the control, and so on
		want      [][2]int
	}{
		"no functions":     {[]string{"", "", ""}, [][2]int{{1, 0}}},
		"the candidates":   {[]string{"", "", "f", "f", "f"}, [][2]int{{1, 0}, {3, 2}, {4, 2}}},
		"the baseline too": {[]string{"f", "f", "f"}, [][2]int{{1, 0}, {2, 0}}},
		"two functions":    {[]string{"", "", "f", "g", "g"}, [][2]int{{1, 0}, {4, 3}}},
	} {
		var arms []placed
		for _, f := range c.functions {
			arms = append(arms, arm(f))
		}
		if diff := cmp.Diff(c.want, condition{arms: arms}.pairs()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestStage(t *testing.T) {
	for want, c := range map[string]condition{
		"ort cpu, batch 1, 1 thread":   {spec: worker.BackendSpec{Name: "ort", Provider: "cpu", Threads: 1}, batch: 1},
		"tensorrt, batch 8, 4 threads": {spec: worker.BackendSpec{Name: "tensorrt", Threads: 4}, batch: 8},
	} {
		if got := c.stage(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Every backend is measured with every batch, and each with the threads that were asked for.
func TestConditions(t *testing.T) {
	m := backends.Model{Name: "m", Inputs: []tensor.Spec{spec("x", tensor.Float32, symbol("N"), tensor.Fixed(3))}}
	j := Job{
		Baseline: Arm{Model: m}, Candidates: []Arm{{Model: m}}, Backends: []worker.BackendSpec{{Name: "a"}, {Name: "b"}},
		Options: Options{Batch: []int64{1, 8}, Threads: 3},
	}
	all, err := j.conditions()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range all {
		got = append(got, c.stage())
	}
	want := []string{"a, batch 1, 3 threads", "a, batch 8, 3 threads", "b, batch 1, 3 threads", "b, batch 8, 3 threads"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if shapes := all[1].shapes(); shapes["x"][0] != 8 {
		t.Errorf("shapes %v", shapes)
	}
}

// TestSizings names what would be measured, without an engine.
func TestSizings(t *testing.T) {
	model := backends.Model{Name: "m", Inputs: []tensor.Spec{spec("x", tensor.Float32, symbol("N"), tensor.Fixed(3), symbol("H"))}}
	j := Job{Baseline: Arm{Model: model}, Candidates: []Arm{{Model: model}}, Options: Defaults()}
	if _, err := j.Sizings(); !errors.Is(err, ErrUsage) {
		t.Errorf("a size that is missing: %v", err)
	}
	j.Options.Batch, j.Options.Shapes = []int64{1, 8}, Sizes{{"H", []int64{4, 5}}}
	got, err := j.Sizings()
	if want := []string{"batch 1, H=4", "batch 1, H=5", "batch 8, H=4", "batch 8, H=5"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
