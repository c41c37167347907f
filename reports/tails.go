package reports

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
)

// tails shows how latencies are spread.
func (r *Report) tails() (section, bool) {
	s := section{
		title: "Spread of the runs",
		table: newTable("engine", "model", ">p50", ">p90", ">p95", ">p99", "p99 between", ">runs", ">independent"),
		notes: []string{
			"Each bound holds with a probability of 95 %; runs that follow each other resemble each other, so fewer of them count than were made.",
		},
	}
	last := -1
	for _, a := range r.ordered() {
		if len(a.Tails) == 0 {
			continue
		}
		where := ""
		if a.Setting != last {
			where, last = setting(a.Key), a.Setting
		}
		cells := []string{where, r.label(a.Name)}
		for _, q := range []bench.Float{0.5, 0.9, 0.95, 0.99} {
			cells = append(cells, milliseconds(tailOf(a, q).Estimate))
		}
		s.table.add(append(cells, bounds(tailOf(a, 0.99)), thousands(int64(a.Runs)), thousands(int64(float64(a.Memory.ESS))))...)
	}
	for _, c := range r.Comparisons {
		for _, t := range c.Tails {
			if t.Q == 0.99 {
				s.items = append(s.items, r.tailSentence(c, t))
			}
		}
	}
	return s, len(s.table.rows) > 0
}

func tailOf(a bench.ArmRecord, q bench.Float) bench.Tail {
	for _, t := range a.Tails {
		if t.Q == q {
			return t
		}
	}
	return bench.Tail{}
}

// bounds writes those of a quantile; an unknown one is a question mark.
func bounds(t bench.Tail) string {
	low, high := "?", "?"
	if t.LowRank > 0 && finite(float64(t.Low)) {
		low = milliseconds(int64(t.Low))
	}
	if t.HighRank > 0 && finite(float64(t.High)) {
		high = milliseconds(int64(t.High))
	}
	return low + " – " + high
}

func (r *Report) tailSentence(c bench.Comparison, t bench.TailRatio) string {
	text := fmt.Sprintf("%s, p99 of %s: ", setting(c.Key), strings.TrimSuffix(over(r.label(c.Candidate), r.label(c.Baseline)), ":"))
	if finite(float64(t.CI[0])) && finite(float64(t.CI[1])) {
		text += fmt.Sprintf("ratio %s (90 %% bootstrap interval %s–%s)", ratio(float64(t.Ratio)), ratio(float64(t.CI[0])), ratio(float64(t.CI[1])))
		if t.Detail != "" {
			text += ", " + t.Detail
		}
		return text + "."
	}
	return text + t.Detail + "."
}

// costs shows what the arms take beside time.
func (r *Report) costs() (section, bool) {
	s := section{
		title: "Beside latency",
		table: newTable("engine", "model", ">CPU time", ">peak memory", ">file", ">throughput"),
		notes: []string{
			"Peak memory is that of a process with this model alone. Throughput is that of copies running at once, the models one after the other: it is no latency and decides nothing.",
		},
	}
	last, worth := -1, false
	for _, a := range r.ordered() {
		where := ""
		if a.Setting != last {
			where, last = setting(a.Key), a.Setting
		}
		cpu, peak, size, rate := "–", "–", "–", "–"
		if a.CPU != nil {
			cpu = milliseconds(*a.CPU)
		}
		if a.PeakRSS != nil {
			peak, worth = bytes(*a.PeakRSS), true
		}
		if a.Bytes > 0 {
			size = bytes(a.Bytes)
		}
		if t := a.Throughput; t != nil && finite(float64(t.PerSecond)) {
			rate, worth = fmt.Sprintf("%s/s, %s", thousands(int64(t.PerSecond)), count(t.Streams, "stream")), true
		}
		s.table.add(where, r.label(a.Name), cpu, peak, size, rate)
		for _, n := range a.Notes {
			s.items = append(s.items, fmt.Sprintf("%s: %s.", r.label(a.Name), n))
		}
	}
	return s, worth || len(s.items) > 0
}

// plans shows where a candidate runs something else than its baseline.
func (r *Report) plans() (section, bool) {
	s := section{title: "What the engine runs", table: newTable("engine", "model", ">operators", ">baseline's", "plan")}
	for _, c := range r.Comparisons {
		p := c.Plan
		if p.State == "" || p.State == bench.PlansUnknown {
			continue
		}
		s.table.add(setting(c.Key), r.label(c.Candidate), thousands(int64(p.Candidate)), thousands(int64(p.Baseline)), planWord(p))
		for i, d := range p.Differences {
			if i == maxPlanLines {
				s.items = append(s.items, fmt.Sprintf("… and %d more; the first ones are in the report.", p.Differing-i))
				break
			}
			s.items = append(s.items, r.planLine(c, d))
		}
	}
	return s, len(s.table.rows) > 0
}

const maxPlanLines = 5

func planWord(p bench.PlanDiff) string {
	switch p.State {
	case bench.PlansEqual:
		return "identical"
	case bench.PlansReordered:
		return "the same operators in another order"
	}
	return fmt.Sprintf("%d differ", p.Differing)
}

func (r *Report) planLine(c bench.Comparison, d bench.PlanDifference) string {
	switch {
	case d.Baseline == nil && d.Candidate == nil:
		return "nothing"
	case d.Baseline == nil:
		return fmt.Sprintf("%s only: %s %s %s", r.label(c.Candidate), d.Candidate.Op, d.Candidate.Name, d.Candidate.Detail)
	case d.Candidate == nil:
		return fmt.Sprintf("%s only: %s %s %s", r.label(c.Baseline), d.Baseline.Op, d.Baseline.Name, d.Baseline.Detail)
	}
	return fmt.Sprintf("%s %s %s instead of %s %s %s", d.Candidate.Op, d.Candidate.Name, d.Candidate.Detail,
		d.Baseline.Op, d.Baseline.Name, d.Baseline.Detail)
}
