package reports

import (
	"encoding/json"
	"fmt"

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

// Gates are those of the configuration in a report, one by one. The verdict comes first, asked for or not.
func (r *Report) Gates() []Gate {
	given := judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireNothing}}
	var config struct {
		Gates json.RawMessage `json:"gates"`
	}
	if json.Unmarshal(r.Config, &config) == nil {
		_ = catalog.Decode(config.Gates, &given) // the gates of a later version that are not known here are left out
	}
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

// gates shows what was asked for, the numbers that it was judged by, and what came of it.
func (r *Report) gates() (Section, bool) {
	s := Section{Title: "Gates", Table: newTable("gate", "of", "asks for", "found", "outcome")}
	if asked := r.requiredProof(); asked != "" && r.Verify != nil {
		s.Table.add("proof", "the answers", "at least "+string(asked), string(r.Verify.Proof), passed(r.Verify.Equal && r.Verify.Proof.AtLeast(asked)))
	}
	for _, c := range r.Comparisons {
		for _, g := range r.Gates() {
			outcome := passed(len(g.Asks.Failures(c)) == 0)
			switch {
			case g.None:
				outcome = "not asked for"
			case c.Verdict == judge.Invalid:
				outcome = "INVALID"
			}
			s.Table.add(g.Name, fmt.Sprintf("%s on %s", r.Label(c.Candidate), SettingName(c.Key)), g.demand(c), g.found(c), outcome)
		}
	}
	return s, len(s.Table.Rows) > 0
}

// requiredProof is the least proof that the configuration asks for; "" for none.
func (r *Report) requiredProof() verify.Proof {
	var config struct {
		Verify struct {
			Require verify.Proof `json:"require_proof"`
		} `json:"verify"`
	}
	if json.Unmarshal(r.Config, &config) != nil {
		return ""
	}
	return config.Verify.Require
}

func passed(is bool) string {
	if is {
		return "passed"
	}
	return "FAILED"
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
