package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
)

func TestDifferencesOfConditions(t *testing.T) {
	report := func(change func(*Report)) *Report {
		r := New(nil, nil, &judge.Result{Settings: []judge.Setting{{
			Key: bench.Key{Backend: "ort", Provider: "cpu", Batch: 1, Threads: 1}, Engine: &backends.Description{Version: "1", SHA256: "0123456789abcdef"},
		}}})
		r.Host.CPU.Brand = "a"
		change(r)
		return r
	}
	same := report(func(*Report) {})
	for name, c := range map[string]struct {
		change func(*Report)
		want   []Difference
	}{
		"nothing":   {func(*Report) {}, []Difference{}},
		"processor": {func(r *Report) { r.Host.CPU.Brand = "b" }, []Difference{{"processor", "a", "b"}}},
		"a variable of one": {
			func(r *Report) { r.Host.Process.Env = map[string]string{"OMP_NUM_THREADS": "4", "ACDEPLOY_UNITS": "3"} },
			[]Difference{{"variable OMP_NUM_THREADS", "not recorded", "4"}},
		},
		"an engine": {
			func(r *Report) {
				r.Settings[0].Engine = &backends.Description{Version: "2", SHA256: "0123456789abcdef"}
			},
			[]Difference{{"version of ort cpu", "1", "2"}},
		},
		"inputs": {
			func(r *Report) { r.Settings[0].Shapes = map[string][]int64{"x": {1}} },
			[]Difference{{"inputs of ort cpu, batch 1, 1 thread", "map[]", "map[x:[1]]"}},
		},
	} {
		if diff := cmp.Diff(c.want, differences(same, report(c.change))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
