package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// numbered are so many samples of a batch, each of which holds its number.
func numbered(count int, rows ...int64) bench.Samples {
	return func(batch int64, most int) ([]tensor.Map, error) {
		var all []tensor.Map
		for i := range min(count, most) {
			n := max(batch, 1)
			if len(rows) > 0 {
				n = rows[i%len(rows)]
			}
			v := slices.Repeat([]float32{float32(i)}, int(3*n))
			all = append(all, tensor.Map{"x": tensor.Of([]int64{n, 3}, v...)})
		}
		return all, nil
	}
}

// TestUnitsTakeSamplesInTurn measures with five samples: unit 7 gets the same as unit 2, and all its arms get it.
func TestUnitsTakeSamplesInTurn(t *testing.T) {
	l := lab.Quiet()
	var got []float64
	l.Tamper = func(_ int, req worker.Request, _ *worker.Reply) error {
		if req.Open != nil && len(req.Open.Models) > 1 {
			got = append(got, req.Inputs["x"].Float64s()[0])
		}
		return nil
	}
	j := lab.Job("fused")
	j.Samples = numbered(5)
	res := measure(t, l, j)
	if want := []float64{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("units got %v, want %v", got, want)
	}
	if s := res.Settings[0]; s.Samples != 5 || s.Batch != 1 || !slices.Equal(s.Shapes["x"], []int64{1, 3}) || res.Comparisons[0].Verdict != judge.Equivalent {
		t.Errorf("%+v", s)
	}
}

// TestBatchesOfSamples asks for two batches; the label says what was measured.
func TestBatchesOfSamples(t *testing.T) {
	j := lab.Job("fused")
	j.Samples, j.Options.Batch, j.Options.Units = numbered(9), []int64{2, 4}, 2
	res := measure(t, lab.Quiet(), j)
	for i, batch := range []int64{2, 4} {
		if s := res.Settings[i]; s.Batch != batch || !slices.Equal(s.Shapes["x"], []int64{batch, 3}) || s.Samples != 2 {
			t.Errorf("batch %d: %+v", batch, s)
		}
	}
}

func TestSamplesRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bench.Job)
		want   string
	}{
		"another shape": {func(j *bench.Job) { j.Samples = numbered(3, 1, 2) }, "has shape 1,3 in the first sample of the data and 2,3 in sample 2"},
		"none":          {func(j *bench.Job) { j.Samples = numbered(0) }, "hold no"},
		"another batch": {func(j *bench.Job) { j.Samples, j.Options.Batch = numbered(3, 2), []int64{4} }, "batch 4 was asked for, the data give a batch of 2"},
		"sizes as well": {func(j *bench.Job) { j.Options.Shapes = bench.Sizes{{Symbol: "N", Sizes: []int64{1}}} }, "leave --shape and --input-range out"},
		"two batches": {func(j *bench.Job) {
			wide := j.Baseline.Model.Inputs[0]
			wide.Name = "y"
			for _, m := range []*backends.Model{&j.Baseline.Model, &j.Candidates[0].Model, &j.AsTrained.Model} {
				m.Inputs = append(slices.Clone(m.Inputs), wide)
			}
			j.Samples = func(int64, int) ([]tensor.Map, error) {
				return []tensor.Map{{"x": tensor.Of([]int64{1, 3}, float32(1), 2, 3), "y": tensor.Of([]int64{2, 3}, float32(1), 2, 3, 4, 5, 6)}}, nil
			}
		}, `a batch of 1 for input "x", of 2 for input "y"`},
	} {
		j := lab.Job("fused")
		j.Samples = numbered(3)
		c.change(&j)
		_, err := lab.Quiet().Runner().Run(context.Background(), j)
		if !errors.Is(err, bench.ErrUsage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
