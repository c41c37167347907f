package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
)

// SchemaSeries names the document of several reports.
const SchemaSeries = "acdeploy.series/v1"

// Series is the document of more than two reports, acdeploy.series/v1: the latencies of each arm in all of
// them, and how each report compares with the first.
type Series struct {
	Schema  string      `json:"schema"`  // kind and version of this document
	Ending  *Ending     `json:"result"`  // null where nobody asked for anything
	Reports []string    `json:"reports"` // where they lie
	Results []Outcome   `json:"results"` // what each of them came to
	Rows    []SeriesRow `json:"rows"`    // one for each arm under each setting
	Against []*Compare  `json:"against"` // the first report, of every other one
	all     []*Report
}

// SeriesRow is one arm under one setting.
type SeriesRow struct {
	Backend  string  `json:"backend"`         // name of the engine
	Provider string  `json:"provider"`        // its execution provider; "" for none
	Batch    int64   `json:"batch"`           // batch size
	Sizes    string  `json:"sizes,omitempty"` // of the other open dimensions, such as "H=224 W=224"
	Threads  int     `json:"threads"`         // threads of one operator
	Arm      string  `json:"arm"`             // its name
	Role     string  `json:"role"`            // what it is in the comparison
	Model    string  `json:"model"`           // digest of the model in the first report that has the arm; "" where not recorded
	Medians  []int64 `json:"medians"`         // nanoseconds, of each report; 0 where it does not have the arm
}

// NewSeries puts reports side by side, the first one for comparison, and asks for the latency of all others.
func NewSeries(all []*Report, asked judge.LatencyGate) *Series {
	s := &Series{Schema: SchemaSeries, Results: outcomes(all...), all: all, Rows: []SeriesRow{}, Against: []*Compare{}}
	for i, r := range all {
		s.Reports = append(s.Reports, r.Path)
		if i > 0 {
			s.Against = append(s.Against, NewCompare(all[0], r, asked))
		}
		for _, a := range r.labelled() {
			row := slices.IndexFunc(s.Rows, func(x SeriesRow) bool { return x.is(a) && x.Medians[i] == 0 })
			if row < 0 {
				row = len(s.Rows)
				s.Rows = append(s.Rows, SeriesRow{
					Backend: a.Backend, Provider: a.Provider, Batch: a.Batch, Sizes: a.Sizes, Threads: a.Threads, Arm: a.Name, Role: a.Role, Model: a.ModelSHA256,
					Medians: make([]int64, len(all)),
				})
			}
			s.Rows[row].Medians[i] = a.Median
		}
	}
	return s
}

func (x SeriesRow) is(a judge.ArmRecord) bool {
	return x.key() == bench.Key{Backend: a.Backend, Provider: a.Provider, Batch: a.Batch, Sizes: a.Sizes, Threads: a.Threads} &&
		x.Role == a.Role && (x.Arm == a.Name || x.Model != "" && x.Model == a.ModelSHA256)
}

// Sources are all of them, the first one first.
func (s *Series) Sources() []*Report { return s.all }

// Where names the engine with its settings.
func (x SeriesRow) Where() string { return SettingName(x.key()) }

func (x SeriesRow) key() bench.Key {
	return bench.Key{Backend: x.Backend, Provider: x.Provider, Batch: x.Batch, Sizes: x.Sizes, Threads: x.Threads}
}

// Judged lists the verdicts about all reports but the first.
func (s *Series) Judged() []Judged {
	var found []Judged
	for _, c := range s.Against {
		found = append(found, c.Judged()...)
	}
	return found
}

// Gates are what is asked of all reports but the first, and what came of it.
func (s *Series) Gates() []GateResult {
	found := []GateResult{}
	for _, c := range s.Against {
		found = append(found, c.Gates()...)
	}
	return found
}

// count is how many of the verdicts are this one.
func (s *Series) count(v judge.Verdict) int {
	n := 0
	for _, j := range s.Judged() {
		if j.Verdict == v {
			n++
		}
	}
	return n
}

// Page implements [Document].
func (s *Series) Page() Page {
	headers := []string{"engine", "model"}
	part := Section{Title: fmt.Sprintf("Latency in %d reports", len(s.Reports))}
	for i, path := range s.Reports {
		headers = append(headers, fmt.Sprintf(">%d", i+1))
		part.Items = append(part.Items, fmt.Sprintf("%d: %s", i+1, path))
	}
	part.Table = newTable(headers...)
	for _, row := range s.Rows {
		cells := []string{SettingName(row.key()), row.Arm}
		for _, median := range row.Medians {
			cells = append(cells, human.Milliseconds(median))
		}
		part.Table.add(cells...)
	}
	if len(s.Rows) == 0 {
		part.Table, part.Lead = nil, []string{"The reports hold no measurement."}
	}
	parts := []Section{part}
	if s.Ending != nil {
		if gates, ok := gateSection(s.Ending.Gates); ok {
			parts = append(parts, gates)
		}
	}
	parts = append(parts, outcomeTable(s.Results))
	if differ, ok := s.differences(); ok {
		parts = append(parts, differ)
	}
	page := newPage(parts...).conclude(s.result())
	if sum, ok := s.summary(); ok {
		page = page.summarize(sum)
	}
	return page
}

// summary is the verdicts of all reports but the first; false where there are none.
func (s *Series) summary() (Section, bool) {
	sum := judgedTable(s.Against, "this")
	return sum, len(sum.Table.Rows) > 0
}

// result says of each report how it compares with the first.
func (s *Series) result() Section {
	part := Section{Title: "Result"}
	for i := range s.Against {
		part.Items = append(part.Items, fmt.Sprintf("%d: %s%s.", i+2, s.Reports[i+1], s.standing(i+1)))
	}
	slower, invalid := s.count(judge.Slower), s.count(judge.Invalid)
	switch {
	case invalid > 0:
		part.Lead = []string{human.Count(invalid, "comparison") + " with the first report INVALID."}
	case slower > 0:
		part.Lead = []string{human.Count(slower, "model") + " SLOWER than in the first report."}
	case len(s.Judged()) == 0:
		part.Lead = []string{"No report has a candidate in common with the first."}
	default:
		part.Lead = []string{"No model is shown to be slower than in the first report."}
	}
	if s.Ending != nil {
		part.Lead = append([]string{s.Ending.word() + "."}, part.Lead...)
		part.Items = append(part.Items, s.Ending.sentences()...)
	}
	return part
}

// differences are the conditions that are not the same as in the first report.
func (s *Series) differences() (Section, bool) {
	part := Section{Title: "Not the same in all", Table: newTable("what differs")}
	for i := range s.Reports {
		part.Table.Columns = append(part.Table.Columns, Column{Title: fmt.Sprint(i + 1)})
	}
	for i, c := range s.Against {
		for _, d := range c.Differences {
			k := slices.IndexFunc(part.Table.Rows, func(row []string) bool { return row[0] == d.Condition })
			if k < 0 {
				k = len(part.Table.Rows)
				part.Table.add(append([]string{d.Condition}, slices.Repeat([]string{d.First}, len(s.Reports))...)...)
			}
			part.Table.Rows[k][i+2] = d.Second
		}
	}
	return part, len(part.Table.Rows) > 0
}

// standing says how a report compares with the first.
func (s *Series) standing(i int) string {
	if i == 0 {
		return ""
	}
	c := s.Against[i-1]
	if why := c.NothingInCommon(); why != "" {
		return "; nothing in common: " + why
	}
	if !c.Comparable && len(c.Ratios) == 0 {
		return "; indicative, not the same: " + c.differing()
	}
	var text strings.Builder
	for _, j := range c.Judged() {
		fmt.Fprintf(&text, "; %s: %s", j.Arm, j.Plain)
	}
	return text.String()
}
