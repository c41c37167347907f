package judge

import (
	"testing"

	"github.com/acdeploy/acdeploy/bench"
)

func TestLoadGate(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	for name, c := range map[string]struct {
		steal    *int64
		cpu      int64 // of a run of a second
		provider string
		want     State
		says     string
	}{
		"quiet":                         {n(5e6), 1e9, "cpu", OK, "the hypervisor took 0.5 % of the time"},
		"stolen":                        {n(2e7), 1e9, "cpu", Warn, "the hypervisor took 2 % of the time"},
		"crowded":                       {n(0), 7e8, "cpu", Warn, "the runs waited for a processor in 30 % of their time"},
		"hardly crowded":                {n(0), 96e7, "cpu", OK, "took 0 % of the time"},
		"waiting for a GPU is no crowd": {n(0), 2e8, "cuda", OK, "took 0 % of the time"},
		"unknown":                       {nil, 0, "cpu", Absent, "does not tell"},
	} {
		u := bench.Unit{
			UnitRecord: bench.UnitRecord{Open: 5e9}, // what is not timed does not count
			Blocks:     []bench.Block{{Wall: [][]int64{{1e9}}, CPU: []int64{c.cpu}}},
		}
		u.Load.StealNanos = c.steal
		s := &bench.Setting{Key: bench.Key{Provider: c.provider}, CPUClock: "thread"}
		g := (&judgement{setting: s, good: []bench.Unit{u}}).loadControl()
		if g.State != c.want {
			t.Errorf("%s: %+v", name, g)
		}
		mentions(t, g.Detail, c.says)
	}
}
