package reports

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/verify"
)

// Gate is one demand on a comparison.
type Gate struct {
	Name string
	Asks judge.Gates // this demand alone
	None bool        // nothing is asked for
}

// Demands are what a release asks of a run.
type Demands struct {
	Gates judge.Gates
	Proof verify.Proof // the least that is enough; "" for any
	Fused bool         // something has to be fused
}

// demands are those by which the report was judged last, or else those of its configuration.
func (r *Report) demands() Demands {
	if r.Asked != nil {
		return *r.Asked
	}
	d := Demands{Gates: judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireNothing}}}
	var config struct {
		Gates  json.RawMessage `json:"gates"`
		Fused  bool            `json:"require_fused"`
		Verify struct {
			Require verify.Proof `json:"require_proof"`
		} `json:"verify"`
	}
	if json.Unmarshal(r.Config, &config) == nil {
		_ = catalog.Decode(config.Gates, &d.Gates) // the gates of a later version that are not known here are left out
		d.Proof, d.Fused = config.Verify.Require, config.Fused
	}
	return d
}

// Gates are the demands on each comparison, one by one. The verdict comes first, asked for or not.
func (r *Report) Gates() []Gate {
	given := r.demands().Gates
	nothing := judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireNothing}}
	list := []Gate{{"latency", judge.Gates{Latency: given.Latency}, given.Latency.Require == judge.RequireNothing}}
	if given.SpeedupMin > 0 {
		one := nothing
		one.SpeedupMin = given.SpeedupMin
		list = append(list, Gate{"speedup_min", one, false})
	}
	if given.P99MaxDegradation > 0 {
		one := nothing
		one.P99MaxDegradation = given.P99MaxDegradation
		list = append(list, Gate{"p99_max_degradation", one, false})
	}
	if given.Load > 0 {
		one := nothing
		one.Load = given.Load
		list = append(list, Gate{"load", one, false})
	}
	if given.First > 0 {
		one := nothing
		one.First = given.First
		list = append(list, Gate{"first", one, false})
	}
	return list
}

// GateResult is what became of one demand.
type GateResult struct {
	Gate    string `json:"gate"`    // its name: fused, proof, latency, speedup_min, p99_max_degradation, load or first
	Of      string `json:"of"`      // of which it is asked
	Asks    string `json:"asks"`    // what is asked for, in words
	Found   string `json:"found"`   // what was found
	Outcome string `json:"outcome"` // passed, failed, invalid, or "" where nothing is asked for
}

// The outcomes of a gate.
const (
	GatePassed  = "passed"
	GateFailed  = "failed"
	GateInvalid = "invalid" // the measurement failed its own controls
)

// gateResults are what was asked for, the numbers that it was judged by, and what came of it.
func (r *Report) gateResults() []GateResult {
	list := []GateResult{}
	asked := r.demands()
	if asked.Fused && r.Fuse != nil {
		list = append(list, GateResult{"fused", r.Fuse.Input.Path, "something fused", human.Count(len(r.Fuse.Rewrites), "rewrite"), gateOutcome(r.Fuse.FusedAnything())})
	}
	if v := r.Verify; asked.Proof != "" && v != nil {
		list = append(list, GateResult{"proof", "the answers", "at least " + string(asked.Proof), string(v.Proof), gateOutcome(v.Equal && v.Proof.AtLeast(asked.Proof))})
	}
	for _, c := range r.Comparisons {
		for _, g := range r.Gates() {
			outcome := gateOutcome(len(g.Asks.Failures(c)) == 0)
			switch {
			case g.None:
				outcome = ""
			case c.Verdict == judge.Invalid:
				outcome = GateInvalid
			}
			list = append(list, GateResult{g.Name, fmt.Sprintf("%s on %s", r.Label(c.Candidate), SettingName(c.Key)), g.demand(c), g.found(c), outcome})
		}
	}
	return list
}

func gateOutcome(passed bool) string {
	if passed {
		return GatePassed
	}
	return GateFailed
}

// gates shows what became of each demand.
func (r *Report) gates() (Section, bool) { return gateSection(r.gateResults()) }

func gateSection(of []GateResult) (Section, bool) {
	s := Section{Title: "Gates", Table: newTable("gate", "of", "asks for", "found", "=outcome")}
	for _, g := range of {
		s.Table.add(g.Gate, g.Of, g.Asks, g.Found, gateWord(g.Outcome))
	}
	return s, len(of) > 0
}

// gateWord is an outcome as people see it.
func gateWord(outcome string) string {
	switch outcome {
	case GatePassed:
		return outcome
	case "":
		return "not asked for"
	}
	return strings.ToUpper(outcome)
}

// demand is what a gate asks for in words, with its limit.
func (g Gate) demand(c judge.Comparison) string {
	switch {
	case g.Asks.SpeedupMin > 0:
		return fmt.Sprintf("at least %g times as fast", g.Asks.SpeedupMin)
	case g.Asks.P99MaxDegradation > 0:
		return fmt.Sprintf("p99 at most %s of the baseline's", ratio(1+float64(g.Asks.P99MaxDegradation)))
	case g.Asks.Load > 0:
		return fmt.Sprintf("time to open at most %s of the baseline's", ratio(1+float64(g.Asks.Load)))
	case g.Asks.First > 0:
		return fmt.Sprintf("first inference at most %s of the baseline's", ratio(1+float64(g.Asks.First)))
	case g.None:
		return "nothing; the margin is " + within(float64(c.Margin))
	case g.Asks.Latency.Require == judge.RequireFaster:
		return "faster by more than " + human.Percent(float64(c.Margin))
	}
	return "equivalent within " + within(float64(c.Margin)) + ", or faster"
}

// found is the number that a gate judges, and the end of its interval that decides.
func (g Gate) found(c judge.Comparison) string {
	switch {
	case g.Asks.SpeedupMin > 0:
		return fmt.Sprintf("%s, at least %s", ratio(float64(c.Speedup.Ratio)), ratio(float64(c.Speedup.CI[0])))
	case g.Asks.P99MaxDegradation > 0:
		for _, q := range c.Quantiles {
			if q.Q == 0.99 {
				return fmt.Sprintf("%s, at most %s", ratio(float64(q.Ratio)), ratio(float64(q.CI[1])))
			}
		}
		return "no p99"
	case g.Asks.Load > 0:
		return started(c.Load)
	case g.Asks.First > 0:
		return started(c.First)
	}
	found := ratio(float64(c.Ratio))
	if ci := interval(float64(c.CI[0]), float64(c.CI[1])); ci != "" {
		found += " " + ci
	}
	return found
}

// started is how long a candidate takes before it is warm, over its baseline.
func started(s judge.StartRatio) string {
	if !(s.Ratio > 0) { // reports of earlier versions have none
		return "not known"
	}
	return fmt.Sprintf("%s, at most %s", ratio(float64(s.Ratio)), ratio(float64(s.CI[1])))
}
