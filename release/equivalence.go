package release

import (
	"cmp"
	"io"
	"math"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// EquivalenceType is the type of the statement that a fused model answers as its source does, and how fast it is. Its JSON Schema is
// docs/equivalence-v1.schema.json.
const EquivalenceType = "https://github.com/acdeploy/acdeploy/equivalence/v1"

// equivalence is the predicate of that type: what of the report a policy asks for.
type equivalence struct {
	Source   resource          `json:"source"` // the model as trained
	Answers  reports.Answers   `json:"answers"`
	Proof    verify.Proof      `json:"proof"`
	Regions  *regions          `json:"regions"` // null where the passes do not make the model of its source
	Checks   []check           `json:"checks"`
	Strength *strength         `json:"strength"` // null where it was not asked
	Top1     *top1             `json:"top1"`     // null without labelled data
	Speedup  bench.Float       `json:"speedup"`  // over the source, the least of all engines; null where it was not measured
	Interval [2]bench.Float    `json:"speedup_ci"`
	Latency  []latency         `json:"latency"`
	Gates    any               `json:"gates"`  // as in the report
	Report   map[string]string `json:"report"` // digest of report.json, which has the rest
}

// regions counts the parts of the graph that were rewritten.
type regions struct {
	Rewritten int           `json:"rewritten"`
	Compared  int           `json:"compared"`
	Worst     verify.Number `json:"max_rel"` // the largest difference in float64, over the largest magnitude
}

// check is a comparison of the answers of one engine.
type check struct {
	Engine  string        `json:"engine"`
	Inputs  int           `json:"inputs"`
	Equal   bool          `json:"equal"`
	Worst   verify.Number `json:"max_rel"`   // the largest difference of any output, over the largest magnitude
	Allowed verify.Number `json:"tolerance"` // for that output
}

// strength is how small a change the checks would have noticed.
type strength struct {
	Change verify.Number `json:"change"` // of any channel of any layer, as a part of itself; null where no change of a percent is noticed
	Node   string        `json:"node"`   // the layer where that takes the most
	Unseen int           `json:"unseen"` // layers of which no change of a percent is noticed
}

// top1 is the share of the samples whose class is right.
type top1 struct {
	Engine    string        `json:"engine"`
	Samples   int           `json:"samples"`
	Before    verify.Number `json:"before"` // null without labels
	After     verify.Number `json:"after"`
	Agreement verify.Number `json:"agreement"` // share of the samples to which both models give the same class
}

// latency is what was measured on one engine with one setting.
type latency struct {
	bench.Key
	Baseline   string         `json:"over"` // what it is compared with: baseline, or source where there is none
	Median     int64          `json:"latency_ns"`
	Over       int64          `json:"over_latency_ns"`
	Ratio      bench.Float    `json:"ratio"`
	CI         [2]bench.Float `json:"ci"`
	Confidence bench.Float    `json:"confidence"`
	Margin     bench.Ratio    `json:"margin"`
	Verdict    judge.Verdict  `json:"verdict"`
	Units      int            `json:"units"` // fresh processes
}

// equivalence writes the statement that says what was shown.
func (f *facts) equivalence(to io.Writer) error {
	r := f.report
	e := equivalence{
		Source: source(r.Fuse.Input), Answers: r.Conclusion.Answers, Checks: []check{}, Latency: []latency{},
		Speedup: r.Conclusion.Speedup, Interval: r.Conclusion.SpeedupCI, Gates: r.Conclusion.Gates,
		Report: map[string]string{kindSHA256: f.sha256(ReportFile)},
	}
	if v := r.Verify; v != nil {
		e.verified(v.Result)
	}
	for _, c := range r.Comparisons {
		over := "baseline"
		if r.Baseline == nil {
			over = "source"
		}
		e.Latency = append(e.Latency, latency{
			Key: c.Key, Baseline: over, Median: f.latencyOf(c), Over: c.BaselineMedian, Ratio: c.Ratio, CI: c.CI,
			Confidence: c.Confidence, Margin: c.Margin, Verdict: c.Verdict, Units: c.Units,
		})
	}
	return reports.JSON(to, f.statement(EquivalenceType, e))
}

// verified adds what a comparison of the answers found.
func (e *equivalence) verified(v verify.Result) {
	e.Proof = v.Proof
	if a := v.Algebra; a != nil && v.Proof != verify.RoundingOnly {
		e.Regions = &regions{Rewritten: a.Regions, Compared: a.Compared}
		if a.Worst != nil {
			e.Regions.Worst = a.Worst.MaxRel
		}
	}
	for _, c := range v.Checks {
		e.Checks = append(e.Checks, checkOf(c))
		if t := c.Top1; t != nil {
			e.Top1 = &top1{c.Backend, t.Samples, t.Before, t.After, t.Agreement}
		}
	}
	e.Strength = strengthOf(v)
}

// checkOf is a check with its worst output.
func checkOf(c verify.Check) check {
	one := check{Engine: c.Backend, Inputs: c.Inputs, Equal: c.Equal()}
	share := func(o verify.Output) float64 {
		if s := float64(o.MaxRel) / float64(o.Tolerance); !math.IsNaN(s) {
			return s
		}
		return math.Inf(1)
	}
	worst := -1.0
	for _, o := range c.Outputs {
		if s := share(o); cmp.Compare(s, worst) > 0 {
			worst, one.Worst, one.Allowed = s, o.MaxRel, o.Tolerance
		}
	}
	return one
}

// strengthOf is the weakest layer, by what looks at all of them together; nil where nobody asked.
func strengthOf(v verify.Result) *strength {
	var s *strength
	noticed, unseen := verify.NoticedLayers(v.Strength), map[string]bool{}
	for _, l := range v.Strength { // the weakest first
		if l.Engine() != "" {
			continue
		}
		if s == nil {
			s = &strength{Change: l.Change, Node: l.Node}
		}
		if !noticed[l.Node] {
			unseen[l.Node] = true
		}
	}
	if s != nil {
		s.Unseen = len(unseen)
	}
	return s
}
