package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// talk sends requests to a fresh worker and returns what it answers.
func talk(t *testing.T, l *lab, requests ...request) ([]reply, error) {
	t.Helper()
	var in, out bytes.Buffer
	for _, r := range requests {
		line, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(line)
	}
	w := newLabWorker(&labWorker{lab: l, rng: rand.New(rand.NewPCG(1, 1))})
	err := w.serve(context.Background(), &in, &out)
	var replies []reply
	for dec := json.NewDecoder(&out); dec.More(); {
		var r reply
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		replies = append(replies, r)
	}
	return replies, err
}

func opening(names ...string) request {
	r := request{Op: opOpen, Open: &openRequest{
		Backend: BackendSpec{Name: "lab", Threads: 1}, Seed: 1,
		Inputs: []input{{Name: "x", Type: tensor.Float32, Shape: []int64{1, 3}}},
	}}
	for i, name := range names {
		r.Open.Models = append(r.Open.Models, model(name))
		r.Open.Order = append([]int{i}, r.Open.Order...)
	}
	return r
}

func TestWorkerTimesEachRun(t *testing.T) {
	l := &lab{latency: map[string]float64{"base": 1000, "slow": 3000}}
	replies, err := talk(t, l, opening("base", "slow"), request{Op: opBlock, Order: []int{0, 1, 1, 0}}, request{Op: opClose})
	if err != nil || len(replies) != 3 {
		t.Fatalf("%d replies, %v", len(replies), err)
	}
	b := replies[1].Block
	if got, want := b.Nanoseconds, []int64{1000, 3000, 3000, 1000}; !equal(got, want) {
		t.Errorf("runs took %v, want %v", got, want)
	}
	if got, want := b.CPU, []int64{2000, 6000}; !equal(got, want) {
		t.Errorf("arms took %v on the CPU, want %v", got, want)
	}
}

func equal(a, b []int64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestWarmUp(t *testing.T) {
	warm := request{Op: opWarmUp, WarmUp: &warmUpRequest{
		Order: []int{0, 1, 1, 0}, Window: int64(50 * time.Millisecond), Limit: int64(time.Second), Agreement: 0.02,
	}}
	for name, c := range map[string]struct {
		lab     *lab
		windows int
		stable  bool
	}{
		"stable at once": {&lab{latency: map[string]float64{"base": 1e6, "slow": 2e6}}, 3, true},
		// Latency grows by 3 % in a window of 54 ms or more until the limit of a second.
		"drifting": {&lab{latency: map[string]float64{"base": 1e6, "slow": 2e6}, drift: 0.6}, 19, false},
		// One round is longer than the limit.
		"slow model": {&lab{latency: map[string]float64{"base": 1e9, "slow": 2e9}}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			replies, err := talk(t, c.lab, opening("base", "slow"), warm)
			if err != nil || replies[1].WarmUp == nil {
				t.Fatalf("%+v, %v", replies, err)
			}
			got := replies[1].WarmUp
			if got.Windows != c.windows || got.Stable != c.stable || got.Nanoseconds == 0 {
				t.Errorf("%+v, want %d windows, stable %v", got, c.windows, c.stable)
			}
			if ratio := float64(got.Medians[1]) / float64(got.Medians[0]); math.Abs(ratio-2) > 0.05 {
				t.Errorf("medians %v", got.Medians)
			}
		})
	}
}

func TestWorkerRefusesBadRequests(t *testing.T) {
	l := &lab{latency: map[string]float64{"base": 1000}}
	twice := opening("base", "base")
	twice.Open.Order = []int{0, 0}
	replies, err := talk(t, l,
		request{Op: opBlock, Order: []int{0}}, // before open
		twice, opening("base"),                // a bad and a good one
		request{Op: opBlock, Order: []int{1}}, // no such arm
		request{Op: opBlock},                  // nothing to do
		request{Op: opAnswers, Answers: &answersRequest{Pairs: [][2]int{{0, 9}}}},            // no such arm
		request{Op: opWarmUp, WarmUp: &warmUpRequest{Order: []int{-1}, Window: 1, Limit: 1}}, // no such arm
		request{Op: "dance"}, request{Op: opBlock, Order: []int{0}}, request{Op: opClose, Order: nil}, // and on
	)
	if err != nil {
		t.Fatal(err)
	}
	for i, bad := range []bool{true, true, false, true, true, true, true, true, false, false} {
		if got := replies[i].Error != ""; got != bad {
			t.Errorf("request %d: error %q", i, replies[i].Error)
		}
	}
}

func TestWorkerSaysWhatIsAbsent(t *testing.T) {
	l := &lab{check: &backends.Unavailable{Reason: "no library", Remedy: "install it"}}
	replies, err := talk(t, l, opening("base"))
	if err != nil || replies[0].Absent == nil || *replies[0].Absent != (absent{"no library", "install it"}) {
		t.Errorf("%+v, %v", replies, err)
	}
}

func TestWorkerEnds(t *testing.T) {
	open := func(context.Context, BackendSpec) (backends.Backend, error) { return nil, errors.New("never") }
	var out bytes.Buffer
	if err := Worker(context.Background(), strings.NewReader(""), &out, open); err != nil {
		t.Errorf("end of input: %v", err)
	}
	if err := Worker(context.Background(), strings.NewReader("hello\n"), &out, open); err == nil {
		t.Error("garbage was accepted")
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
			a := (&worker{}).compare(2, 0, c.got, c.want, 0)
			rel := float64(a.MaxRel)
			if a.Equal != c.equal || (rel != c.rel && !(math.Abs(rel-c.rel) < 0.2*c.rel)) || a.Arm != "C" || a.With != "A" {
				t.Errorf("got %+v", a)
			}
			if !a.Equal && a.Detail == "" {
				t.Error("nothing says what differs")
			}
		})
	}
	if a := (&worker{}).compare(0, 1, pair(1, 2.1), pair(1, 2), 0.1); !a.Equal {
		t.Errorf("a tolerance of 0.1 refuses %+v", a)
	}
	for precision, off := range map[string]float32{"fp32": 1e-6, "tf32": 5e-3, "fp16": 5e-3, "bf16": 3e-2} {
		w := &worker{engine: backends.Description{Precision: precision}}
		if a := w.compare(0, 1, pair(1, 2+2*off), pair(1, 2), 0); !a.Equal {
			t.Errorf("%s: rounding is called a difference: %+v", precision, a)
		}
		if a := w.compare(0, 1, pair(1, 2+200*off), pair(1, 2), 0); a.Equal {
			t.Errorf("%s: a difference is called rounding: %+v", precision, a)
		}
	}
}
