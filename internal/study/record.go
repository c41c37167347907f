package main

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// The parts of the study.
const (
	partKnown    = "known"    // arms of known ratio
	partNetworks = "networks" // fused and trained networks
	// Arms of known ratio on half a processor, beside another program.
	partNeighbour = "neighbour"
)

// record is one line of the file: what a measurement said.
type record struct {
	Part    string `json:"part"`
	Network string `json:"network"`
	Run     int    `json:"run"` // from 1; also its seed
	Started string `json:"started"`
	Setup   setup  `json:"setup"`
	// Baseline is its median latency in nanoseconds.
	Baseline int64   `json:"baseline"`
	Units    int     `json:"units"`    // good ones
	Failures int     `json:"failures"` // attempts that were lost
	Restless int     `json:"restless"` // units whose warm-up did not settle
	Steal    float64 `json:"steal"`    // share of the time that the hypervisor took
	Load     string  `json:"load"`     // runnable processes before it, mean of a minute
	// Control is the smallest margin that the measurement's own control supports.
	Control bench.Float `json:"control"`
	Failed  []string    `json:"failed"` // gates
	Arms    []arm       `json:"arms"`
}

// setup is where and with what it was measured.
type setup struct {
	CPU      string  `json:"cpu"`
	Kernel   string  `json:"kernel"`
	Affinity string  `json:"affinity"` // processors that the study could use
	Engine   string  `json:"engine"`
	Program  string  `json:"program"` // revision
	Duration string  `json:"duration"`
	Margin   float64 `json:"margin"`
	Note     string  `json:"note"`
}

// arm is what was said of one candidate.
type arm struct {
	Name    string         `json:"name"`
	Verdict judge.Verdict  `json:"verdict"`
	Ratio   bench.Float    `json:"ratio"`
	CI      [2]bench.Float `json:"ci"`
	Delta   bench.Float    `json:"delta_star"`
	// Blocks is what Delta would be if a unit's ratio were the median over its blocks of that of the medians of their runs.
	Blocks bench.Float   `json:"delta_star_blocks"`
	Ratios []bench.Float `json:"unit_ratios"`
	Needed int           `json:"units_needed"`
	// Truth is how many times as long its runs really took, as the clock around each spin says; 0 in rows of before it was recorded.
	Truth bench.Float `json:"truth,omitempty"`
}

// digest keeps of a measurement what the page is made from.
func digest(r record, recording *bench.Recording, res *judge.Result) record {
	r.Started, r.Failed, r.Load = res.Started, []string{}, res.Host.Load.Average1
	for _, c := range res.Comparisons {
		r.Baseline, r.Units, r.Control = c.BaselineMedian, c.Units, rounded(c.ControlDelta)
		a := arm{
			Name: c.Candidate, Verdict: c.Verdict, Ratio: rounded(c.Ratio), Delta: rounded(c.DeltaStar),
			CI: [2]bench.Float{rounded(c.CI[0]), rounded(c.CI[1])}, Needed: c.UnitsNeeded,
		}
		if s, at, ok := recorded(recording, c.Candidate); ok {
			a.Blocks = rounded(deltaOfBlocks(s, at, float64(c.Margin)))
			if r.Part != partNetworks {
				a.Truth = rounded(bench.Float(s.Truth(at)))
			}
		}
		for _, v := range c.UnitRatios {
			a.Ratios = append(a.Ratios, rounded(v))
		}
		r.Arms = append(r.Arms, a)
	}
	for _, g := range res.Controls {
		if g.State == judge.Fail {
			r.Failed = append(r.Failed, g.Name)
		}
	}
	for _, s := range res.Settings {
		r.Failures += len(s.Failures)
	}
	stolen, total := int64(0), int64(0)
	for _, u := range res.Units {
		if !u.WarmUp.Stable {
			r.Restless++
		}
		if n := u.Load.StealNanos; n != nil {
			stolen += *n
		}
		total += u.Open + u.WarmUp.Nanoseconds
	}
	for _, a := range res.Arms {
		for _, u := range a.Units {
			for _, b := range u.Blocks {
				for _, ns := range b.Nanoseconds {
					total += ns
				}
			}
		}
	}
	if total > 0 {
		r.Steal = float64(rounded(bench.Float(float64(stolen) / float64(total))))
	}
	return r
}

// recorded is the only setting, and the place of a candidate in it.
func recorded(recording *bench.Recording, candidate string) (s *bench.Setting, at int, ok bool) {
	if recording == nil || len(recording.Settings) == 0 {
		return nil, 0, false
	}
	s = &recording.Settings[0]
	at = slices.IndexFunc(s.Arms, func(a bench.RecordedArm) bool { return a.Name == candidate && a.Role == bench.RoleCandidate })
	return s, at, at >= 0
}

// covers reports whether the interval of an arm holds what is true of it; known is false in rows that do not tell.
func (a arm) covers() (covered, known bool) {
	return a.CI[0] <= a.Truth && a.Truth <= a.CI[1], a.Truth > 0
}

// rounded keeps five digits after the point, a thousandth of the margin.
func rounded(v bench.Float) bench.Float { return bench.Float(math.Round(float64(v)*1e5) / 1e5) }

// share is how many of some measurements said something of an arm.
type share struct{ k, n int }

// count goes over the measurements of a part; network "" is all of them.
func count(all []record, network, name string, verdict judge.Verdict) share {
	var s share
	for _, r := range all {
		if r.Part != partKnown || network != "" && r.Network != network {
			continue
		}
		for _, a := range r.Arms {
			if a.Name == name {
				s.n++
				if a.Verdict == verdict {
					s.k++
				}
			}
		}
	}
	return s
}

func (s share) interval() stats.Interval { return stats.Proportion(s.k, s.n, 0.95) }
