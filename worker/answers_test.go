package worker

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// Every arm repeats its answer, and the arms of a pair agree.
func TestRunComparesAnswers(t *testing.T) {
	f := &fake{latency: map[string]int64{"a": 1, "b": 1}}
	run := Request{Op: opRun, Run: &RunRequest{Runs: 3, Pairs: [][2]int{{1, 0}}}}
	replies := talk(t, f.server(f), checking(), opening("a", "b"), run)
	got := replies[2].Answers
	if got == nil || len(got.Agreements) != 3 || f.now != 2+6 {
		t.Fatalf("%+v after %d runs", replies[2], f.now)
	}
	for i, want := range [][2]int{{0, 0}, {1, 1}, {1, 0}} {
		if a := got.Agreements[i]; a.Arm != want[0] || a.With != want[1] || !a.Equal || a.MaxRel == nil || *a.MaxRel != 0 {
			t.Errorf("agreement %+v", a)
		}
	}
}

// An arm is compared with its own first answer, which it gave when it was opened.
func TestAnArmThatDoesNotRepeatItsAnswer(t *testing.T) {
	f := &fake{latency: map[string]int64{"a": 1}, fickle: true}
	replies := talk(t, f.server(f), checking(), opening("a"), Request{Op: opRun, Run: &RunRequest{Runs: 1}})
	if a := replies[2].Answers.Agreements[0]; a.Equal || a.Detail == "" {
		t.Errorf("agreement %+v", a)
	}
}

func TestCompare(t *testing.T) {
	pair := func(a, b float32) tensor.Map { return tensor.Map{"y": tensor.Of([]int64{2}, a, b)} }
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		got, want tensor.Map
		equal     bool
		rel       float64
	}{
		"same":           {pair(1, 2), pair(1, 2), true, 0},
		"rounding":       {pair(1, 2.000001), pair(1, 2), true, 5e-7},
		"scale":          {pair(1e-6, 1000), pair(2e-6, 1000), true, 1e-9},
		"wrong":          {pair(1, 2.1), pair(1, 2), false, 0.05},
		"both nan":       {pair(1, nan), pair(1, nan), true, 0},
		"one nan":        {pair(1, nan), pair(1, 2), false, math.Inf(1)},
		"both infinite":  {pair(1, inf), pair(1, inf), true, 0},
		"one infinite":   {pair(1, inf), pair(1, 2), false, math.Inf(1)},
		"all zero":       {pair(0, 0), pair(0, 0), true, 0},
		"against zero":   {pair(0, 1e-9), pair(0, 0), false, math.Inf(1)},
		"missing output": {tensor.Map{"z": tensor.Of([]int64{1}, float32(1))}, pair(1, 2), false, math.Inf(1)},
		"more outputs":   {tensor.Map{"y": pair(1, 2)["y"], "z": pair(1, 2)["y"]}, pair(1, 2), false, 0},
		"other type":     {tensor.Map{"y": tensor.Of([]int64{2}, 1.0, 2.0)}, pair(1, 2), false, math.Inf(1)},
		"other shape":    {tensor.Map{"y": tensor.Of([]int64{1, 2}, float32(1), 2)}, pair(1, 2), false, math.Inf(1)},
		"integers": {
			tensor.Map{"y": tensor.Of([]int64{2}, int64(5), 7)}, tensor.Map{"y": tensor.Of([]int64{2}, int64(5), 8)}, false, 0.125,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := (&Server{}).compare(2, 0, c.got, c.want, 0)
			rel := math.Inf(1)
			if a.MaxRel != nil {
				rel = *a.MaxRel
			}
			if a.Equal != c.equal || (rel != c.rel && !(math.Abs(rel-c.rel) < 0.2*c.rel)) || a.Arm != 2 || a.With != 0 {
				t.Errorf("got %+v", a)
			}
			if !a.Equal && a.Detail == "" {
				t.Error("nothing says what differs")
			}
		})
	}
	if a := (&Server{}).compare(0, 1, pair(1, 2.1), pair(1, 2), 0.1); !a.Equal {
		t.Errorf("a tolerance of 0.1 refuses %+v", a)
	}
	for precision, off := range map[string]float32{"fp32": 1e-6, "tf32": 5e-3, "fp16": 5e-3, "bf16": 3e-2} {
		s := &Server{engine: backends.Description{Precision: precision}}
		if a := s.compare(0, 1, pair(1, 2+2*off), pair(1, 2), 0); !a.Equal {
			t.Errorf("%s: rounding is called a difference: %+v", precision, a)
		}
		if a := s.compare(0, 1, pair(1, 2+200*off), pair(1, 2), 0); a.Equal {
			t.Errorf("%s: a difference is called rounding: %+v", precision, a)
		}
	}
}
