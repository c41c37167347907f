package reports

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
)

// spread shows how latencies are spread.
func (r *Report) spread() (Section, bool) {
	s := Section{
		Title: "Spread of the runs",
		Table: newTable("engine", "model", ">p90", ">p95", ">p99", "=p99 between", ">runs", ">independent", ">outliers"),
		Notes: []string{
			"Each bound holds with a probability of 95 %; runs that follow each other resemble each other, so fewer of them count than were made.",
			"Outliers lie more than three interquartile ranges beyond the quartiles; they are counted, never removed.",
		},
	}
	last := -1
	for _, a := range r.Ordered() {
		if len(a.Quantiles) == 0 {
			continue
		}
		where := ""
		if a.Setting != last {
			where, last = SettingName(a.Key), a.Setting
		}
		cells := []string{where, r.Label(a.Name)}
		for _, q := range []bench.Float{0.9, 0.95, 0.99} {
			cells = append(cells, human.Milliseconds(tailOf(a, q).Estimate))
		}
		s.Table.add(append(cells, bounds(tailOf(a, 0.99)), human.Thousands(int64(a.Runs)), human.Thousands(int64(float64(a.Dependence.ESS))), human.Thousands(int64(a.Outliers)))...)
	}
	for _, c := range r.Comparisons {
		for _, t := range c.Quantiles {
			if t.Q == 0.99 {
				s.Items = append(s.Items, r.tailSentence(c, t))
			}
		}
	}
	return s, len(s.Table.Rows) > 0
}

func tailOf(a judge.ArmRecord, q bench.Float) judge.Quantile {
	for _, t := range a.Quantiles {
		if t.Q == q {
			return t
		}
	}
	return judge.Quantile{}
}

// bounds writes those of a quantile; an unknown one is a question mark.
func bounds(t judge.Quantile) string {
	low, high := "?", "?"
	if t.LowRank > 0 && finite(float64(t.Low)) {
		low = human.Milliseconds(int64(t.Low))
	}
	if t.HighRank > 0 && finite(float64(t.High)) {
		high = human.Milliseconds(int64(t.High))
	}
	return low + " – " + high
}

func (r *Report) tailSentence(c judge.Comparison, t judge.QuantileRatio) string {
	text := fmt.Sprintf("%s, p%.0f of %s: ", SettingName(c.Key), 100*float64(t.Q), strings.TrimSuffix(over(r.Label(c.Candidate), r.Label(c.Baseline)), ":"))
	if finite(float64(t.CI[0])) && finite(float64(t.CI[1])) {
		text += fmt.Sprintf("ratio %s (90 %% bootstrap interval %s–%s)", ratio(float64(t.Ratio)), ratio(float64(t.CI[0])), ratio(float64(t.CI[1])))
		if t.Detail != "" {
			text += ", " + t.Detail
		}
		return text + "."
	}
	return text + t.Detail + "."
}
