package judge

import (
	"testing"

	"github.com/acdeploy/acdeploy/bench"
)

func TestLoadGate(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	for name, c := range map[string]struct {
		steal, throttled *int64
		cpu              int64 // of a run of 100 µs
		provider         string
		want             State
		says             string
	}{
		"quiet":                         {n(5e6), n(0), 100_000, "cpu", OK, "the hypervisor took 0.5 % of the time, the quota ran out 0 times"},
		"stolen":                        {n(2e7), n(0), 100_000, "cpu", Warn, "the hypervisor took 2 % of the time"},
		"throttled":                     {n(0), n(1), 100_000, "cpu", Warn, "the quota ran out 1 times"},
		"crowded":                       {n(0), n(0), 70_000, "cpu", Warn, "the runs waited for a processor in 30 % of their time"},
		"hardly crowded":                {n(0), n(0), 96_000, "cpu", OK, "ran out 0 times"},
		"waiting for a GPU is no crowd": {n(0), n(0), 20_000, "cuda", OK, "ran out 0 times"},
		"unknown":                       {nil, nil, 0, "cpu", Absent, "does not tell"},
	} {
		u := bench.Unit{
			UnitRecord: bench.UnitRecord{Open: 999_900_000},
			Blocks:     []bench.Block{{Wall: [][]int64{{100_000}}, CPU: []int64{c.cpu}}},
		}
		u.Load.StealNanos, u.Load.Throttled = c.steal, c.throttled
		s := &bench.Setting{Key: bench.Key{Provider: c.provider}, CPUClock: "thread"}
		g := (&judgement{setting: s, good: []bench.Unit{u}}).loadControl()
		if g.State != c.want {
			t.Errorf("%s: %+v", name, g)
		}
		mentions(t, g.Detail, c.says)
	}
}
