package reports

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/verify"
)

// Demands are what a release asks of a run.
type Demands struct {
	gates   judge.Gates
	fused   bool     // something has to be fused
	engines []string // that the configuration names, for a strict gate
}

// demands are those by which the report was judged last, or else those of its configuration.
func (r *Report) demands() Demands {
	if r.Asked != nil {
		return *r.Asked
	}
	return ReadDemands(r.Config)
}

// ReadDemands takes the demands out of a configuration, as a report keeps it.
func ReadDemands(from json.RawMessage) Demands {
	d := Demands{gates: judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireNothing}}}
	var config struct {
		Gates json.RawMessage `json:"gates"`
		Fused bool            `json:"require_fused"`
		Bench struct {
			Backends []json.RawMessage `json:"backends"`
		} `json:"bench"`
	}
	if json.Unmarshal(from, &config) == nil {
		_ = catalog.Decode(config.Gates, &d.gates) // the gates of a later version that are not known here are left out
		d.fused = config.Fused
		for _, b := range config.Bench.Backends {
			d.engines = append(d.engines, engineWord(b))
		}
	}
	return d
}

// GateResult is what became of one demand, in numbers and in words.
type GateResult struct {
	judge.GateResult
	Of    string `json:"of"`    // of which it is asked
	Asks  string `json:"asks"`  // what is asked for, in words
	Found string `json:"found"` // what was found, in words
}

// gateResults are what was asked for, the numbers that it was judged by, and what came of it.
func (r *Report) gateResults() []GateResult {
	list, asked := []GateResult{}, r.demands()
	for _, g := range r.runGates(asked) {
		one := GateResult{GateResult: g, Of: r.gateOf(g)}
		one.Asks, one.Found = asked.runWords(g)
		if g.Name == judge.GateProof && r.Verify != nil {
			one.Found = string(r.Verify.Proof)
		}
		list = append(list, one)
	}
	for _, c := range r.Comparisons {
		list = append(list, r.GatesOf(c)...)
	}
	return list
}

// GatesOf are the demands on one candidate. The verdict comes first, asked for or not.
func (r *Report) GatesOf(c judge.Comparison) []GateResult {
	var list []GateResult
	asked := r.demands().gates
	for _, g := range asked.OfComparison(c) {
		list = append(list, GateResult{g, fmt.Sprintf("%s on %s", r.Label(c.Candidate), SettingName(c.Key)), demand(asked, g, c.Margin), foundOf(g)})
	}
	return list
}

// RunGates are the demands on all else than the latency.
func (r *Report) RunGates() []judge.GateResult { return r.runGates(r.demands()) }

func (r *Report) runGates(asked Demands) []judge.GateResult {
	var list []judge.GateResult
	if asked.fused && r.Fuse != nil {
		list = append(list, judge.Anything(r.Fuse.FusedAnything(), len(r.Fuse.Rewrites)))
	}
	gates := asked.gates
	if gates.Strict {
		gates.Engines = append(slices.Clone(gates.Engines), asked.engines...)
	}
	return append(list, gates.OfRun(r.evidence(gates))...)
}

// gateOf names of what a demand is asked that is not about a latency.
func (r *Report) gateOf(g judge.GateResult) string {
	switch {
	case g.Name == judge.GateProof || g.Name == judge.GateTop1:
		return "the answers"
	case g.Name == judge.GateEngine:
		return "the measurement"
	case r.Fuse != nil:
		return r.Fuse.Input.Path
	}
	return "the model"
}

// gates shows what became of each demand.
func (r *Report) gates() (Section, bool) { return gateSection(r.gateResults()) }

func gateSection(of []GateResult) (Section, bool) {
	s := Section{Title: "Gates", Table: newTable("gate", "of", "asks for", "found", "=outcome")}
	for _, g := range of {
		s.Table.add(g.Name, g.Of, g.Asks, g.Found, gateWord(g.Outcome))
	}
	return s, len(of) > 0
}

// gateWord is an outcome as people see it.
func gateWord(outcome string) string {
	switch outcome {
	case judge.GatePassed:
		return outcome
	case "":
		return "not asked for"
	}
	return strings.ToUpper(outcome)
}

// demand is what a gate on a candidate asks for in words, with its limit.
func demand(asked judge.Gates, g judge.GateResult, margin bench.Ratio) string {
	switch g.Name {
	case judge.GateSpeedup:
		return fmt.Sprintf("at least %g times as fast", asked.SpeedupMin)
	case judge.GateP99:
		return fmt.Sprintf("p99 at most %s of the baseline's", ratio(float64(g.Bound)))
	case judge.GateLoad:
		return fmt.Sprintf("time to open at most %s of the baseline's", ratio(float64(g.Bound)))
	case judge.GateFirst:
		return fmt.Sprintf("first inference at most %s of the baseline's", ratio(float64(g.Bound)))
	}
	switch {
	case g.Passed == nil:
		return "nothing; the margin is " + within(float64(margin))
	case asked.Latency.Require == judge.RequireFaster:
		return "faster by more than " + human.Percent(float64(margin))
	}
	return "equivalent within " + within(float64(margin)) + ", or faster"
}

// foundOf is the number that a gate on a candidate judges, with the end of its interval that decides.
func foundOf(g judge.GateResult) string {
	value, low, high := float64(g.Value), float64(g.CI[0]), float64(g.CI[1])
	switch g.Name {
	case judge.GateSpeedup:
		return fmt.Sprintf("%s, at least %s", ratio(value), ratio(low))
	case judge.GateP99, judge.GateLoad, judge.GateFirst:
		if math.IsNaN(value) {
			return "not known"
		}
		return fmt.Sprintf("%s, at most %s", ratio(value), ratio(high))
	}
	return strings.TrimSpace(ratio(value) + " " + interval(low, high))
}

// runWords are what a gate on all else asks for, and what was found.
func (d Demands) runWords(g judge.GateResult) (asks, found string) {
	count := func(v bench.Float, what string) string {
		if math.IsNaN(float64(v)) {
			return "not known"
		}
		return human.Count(int(v), what)
	}
	switch g.Name {
	case judge.GateAnything:
		return "something fused", count(g.Value, "rewrite")
	case judge.GateProof:
		return "at least " + d.gates.Proof, "not compared"
	case judge.GateTop1:
		return "a share of right answers lower by at most " + human.Percent(float64(g.Bound)), change(g.Value)
	case judge.GateSize:
		return "files larger by at most " + human.Percent(float64(g.Bound)), change(g.Value)
	case judge.GateRefusals:
		return "at most " + count(g.Bound, "refusal"), count(g.Value, "refusal")
	case judge.GateConvs:
		return "at most " + count(g.Bound, "convolution"), count(g.Value, "convolution")
	}
	if *g.Passed {
		return "measured", "measured"
	}
	return "measured", g.Reason
}

// change is a share of one with its sign.
func change(v bench.Float) string {
	switch {
	case math.IsNaN(float64(v)):
		return "not known"
	case v < 0:
		return "−" + human.Percent(-float64(v))
	}
	return human.Percent(float64(v))
}

// evidence is what the report knows beside latencies, as the gates ask for it.
func (r *Report) evidence(gates judge.Gates) judge.Evidence {
	e := judge.Evidence{Top1: r.right(), Absent: map[string]string{}}
	if v := r.Verify; v != nil {
		e.Proof, e.Enough = string(v.Proof), v.Equal && v.Proof.AtLeast(verify.Proof(gates.Proof))
	}
	if f := r.Fuse; f != nil {
		refusals, convs := len(f.Refusals), f.After.Ops["Conv"]
		e.Refusals, e.Convs, e.Bytes[0] = &refusals, &convs, f.Input.Bytes
		if f.Output != nil {
			e.Bytes[1] = f.Output.Bytes
		}
	}
	if r.Baseline != nil {
		n := r.Baseline.Ops["Conv"]
		e.Baseline = &n
	}
	for _, name := range gates.Engines {
		if why, ran := r.ran(name); !ran {
			e.Absent[name] = why
		}
	}
	return e
}

// right counts the right answers; nil without labels.
func (r *Report) right() *judge.Right {
	if r.Verify == nil {
		return nil
	}
	for _, c := range r.Verify.Checks {
		if t := c.Top1; t != nil && finite(float64(t.Before)) && finite(float64(t.After)) {
			count := func(share verify.Number) int { return int(math.Round(float64(share) * float64(t.Samples))) }
			return &judge.Right{Before: count(t.Before), After: count(t.After), Of: t.Samples}
		}
	}
	return nil
}

// ran reports whether an engine, by its name or with its provider as in ort:cuda, was measured, and why not.
func (r *Report) ran(name string) (why string, ran bool) {
	name, provider, _ := strings.Cut(name, ":")
	is := func(backend, on string) bool {
		return backend == name && (provider == "" || on == provider || on == "" && provider == "cpu")
	}
	for _, a := range r.Arms {
		if is(a.Backend, a.Provider) && len(a.Units) > 0 {
			return "", true
		}
	}
	for _, s := range r.Skipped {
		if is(s.Backend, s.Provider) {
			return skipReason(s), false
		}
	}
	return "it was not measured", false
}

func skipReason(s backends.Skip) string {
	if s.Remedy == "" {
		return s.Reason
	}
	return s.Reason + "; " + s.Remedy
}

// engineWord is the word for an engine of a configuration, given as a name or as {name: options}.
func engineWord(component json.RawMessage) string {
	var name string
	if json.Unmarshal(component, &name) == nil {
		return name
	}
	var options map[string]struct {
		Provider string `json:"provider"`
	}
	if json.Unmarshal(component, &options) == nil {
		for name, o := range options {
			if o.Provider == "" {
				return name
			}
			return name + ":" + o.Provider
		}
	}
	return ""
}
