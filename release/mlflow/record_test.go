package mlflow

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
)

// The series of a comparison has a number for each of its units, at the number of the unit.
func TestSeries(t *testing.T) {
	f := folder(t)
	c := f.Report.Comparisons[0]
	rec := newRecord(f)
	var steps []int
	for _, m := range rec.metrics {
		if m.Key == place(c.Key)+"/unit/ratio" {
			if m.Value != float64(c.UnitRatios[len(steps)]) {
				t.Errorf("unit %d has the ratio %v, want %v", m.Step, m.Value, c.UnitRatios[len(steps)])
			}
			steps = append(steps, m.Step)
		}
	}
	if want := completeUnits(f.Report, c); len(steps) == 0 || len(steps) != len(c.UnitRatios) || !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	r := &record{}
	r.addComparison(&reports.Report{Result: judge.Result{Arms: []judge.ArmRecord{{Role: bench.RoleCandidate, Name: "b", Units: []judge.ArmUnit{
		{Unit: 0, Complete: true}, {Unit: 1}, {Unit: 2, Complete: true},
	}}}}}, judge.Comparison{Candidate: "b", UnitRatios: []bench.Float{0.5, 0.25}})
	if last := r.metrics[len(r.metrics)-1]; last.Step != 2 || last.Value != 0.25 {
		t.Errorf("the second good unit is number 2: %+v", last)
	}
}

// The same report makes the same record; nothing in it is longer than servers allow, or no number.
func TestRecord(t *testing.T) {
	f := folder(t)
	f.Report.Comparisons[0].DeltaStar = bench.Float(math.NaN())
	a, b := newRecord(f), newRecord(f)
	if !slices.Equal(a.metrics, b.metrics) || !slices.Equal(a.params, b.params) || !slices.Equal(a.tags, b.tags) {
		t.Error("a second record of the report is another one")
	}
	keys := map[string]bool{}
	for _, m := range a.metrics {
		keys[m.Key] = true
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) || m.Timestamp == 0 {
			t.Errorf("%+v", m)
		}
	}
	for _, want := range []string{"speedup", "speedup_ci_low", "conv_before", "conv_after", "passed", "ort-cpu-batch1-threads1/ratio", "ort-cpu-batch1-threads1/unit/candidate_latency_ms"} {
		if !keys[want] {
			t.Errorf("there is no number %s", want)
		}
	}
	for _, p := range slices.Concat(a.params, a.tags) {
		if len([]rune(p.Value)) > longest || len(p.Key) > 250 || p.Value == "" || strings.ContainsAny(p.Value, "\n") {
			t.Errorf("%+v", p)
		}
	}
	if !slices.Contains(a.tags, pair{tagDigest, f.Digest}) || !slices.Contains(a.tags, pair{"acdeploy.passed", "true"}) {
		t.Errorf("%v", a.tags)
	}
}

// A large record is sent in parts that every server takes, and none of it is lost.
func TestBatches(t *testing.T) {
	r := &record{}
	for i := range 2001 {
		r.number("m", float64(i), i)
	}
	for range 250 {
		r.param("p", "v")
	}
	metrics, params := 0, 0
	for _, b := range r.batches("run") {
		metrics, params = metrics+len(b.Metrics), params+len(b.Params)
		if len(b.Metrics)+len(b.Params)+len(b.Tags) > 1000 || len(b.Params) > 100 || b.RunID != "run" {
			t.Errorf("%d metrics, %d params", len(b.Metrics), len(b.Params))
		}
	}
	if metrics != 2001 || params != 250 {
		t.Errorf("%d metrics, %d params", metrics, params)
	}
}

// Names are of characters that every server takes.
func TestClean(t *testing.T) {
	for name, want := range map[string]string{"a.b/c-d_e 1": "a.b/c-d_e 1", "größe:ä": "gr__e__", "": "_"} {
		if got := clean(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

// The times are those of the report, by whatever clock it is published.
func TestTimes(t *testing.T) {
	r := reports.New(nil, nil, nil)
	r.Conclusion = &reports.Conclusion{Headline: "x", Started: "2026-11-29T12:00:00Z", Finished: "2026-11-29T12:01:00Z"}
	if start, end := times(r); start != 1795953600000 || end-start != 60_000 {
		t.Errorf("from %d to %d", start, end)
	}
}
