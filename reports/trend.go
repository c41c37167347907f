package reports

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
)

// SchemaTrend names the document of reports over time.
const SchemaTrend = "acdeploy.trend/v1"

// Trend is the document of reports over time, acdeploy.trend/v1.
type Trend struct {
	Schema string      `json:"schema"`   // kind and version of this document
	Lines  []TrendLine `json:"lines"`    // one for each model, engine and device
	Left   []LeftOut   `json:"left_out"` // files that are in no line
	all    []*Report
}

// LeftOut is a report that is in no line.
type LeftOut struct {
	Report string `json:"report"` // its file
	Reason string `json:"reason"` // why it is in no line
}

// TrendLine is a fused model on an engine and a device, the oldest report first.
type TrendLine struct {
	Model    string       `json:"model"`           // file that the candidate was fused from, or else its name
	Backend  string       `json:"backend"`         // name of the engine
	Provider string       `json:"provider"`        // its execution provider; "" for none
	Batch    int64        `json:"batch"`           // batch size
	Sizes    string       `json:"sizes,omitempty"` // of the other open dimensions, such as "H=224 W=224"
	Threads  int          `json:"threads"`         // threads of one operator
	Device   string       `json:"device"`          // what the engine ran on
	Points   []TrendPoint `json:"points"`          // the oldest first
}

// TrendPoint is what one report says.
type TrendPoint struct {
	Report   string         `json:"report"`   // its file
	Started  string         `json:"started"`  // RFC 3339, UTC
	Latency  int64          `json:"latency"`  // nanoseconds
	Ratio    bench.Float    `json:"ratio"`    // to the baseline
	CI       [2]bench.Float `json:"ci"`       // of the ratio
	Margin   bench.Ratio    `json:"margin"`   // difference up to which two latencies are equivalent
	Verdict  judge.Verdict  `json:"verdict"`  // of the report
	Versions []string       `json:"versions"` // of the engine, and of acdeploy
	// Level is the ratio around which the band lies that the point is compared with; its own for the first point.
	Level bench.Float `json:"level"`
	// Change says that the interval lies outside the margin around the ratio of the last change, or of the first report: "slower"
	// or "faster"; "" for no change.
	Change string `json:"change"`
}

// NewTrend orders reports by their time. Those of the same model, engine and device make a line.
func NewTrend(all []*Report, left []LeftOut) *Trend {
	t := &Trend{Schema: SchemaTrend, Lines: []TrendLine{}, Left: list(left)}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b *Report) int { return strings.Compare(a.Started, b.Started) })
	t.all = all
	for _, r := range all {
		if len(r.Comparisons) == 0 {
			t.Left = append(t.Left, LeftOut{r.Path, "it has no comparison"})
		}
		for _, c := range r.Comparisons {
			line := t.line(r.trendLine(c))
			line.Points = append(line.Points, r.trendPoint(c))
		}
	}
	for i := range t.Lines {
		markChanges(t.Lines[i].Points)
	}
	return t
}

// Sources are all that were read, the oldest first.
func (t *Trend) Sources() []*Report { return t.all }

// line is the line of a kind, a new one where there is none.
func (t *Trend) line(kind TrendLine) *TrendLine {
	k := slices.IndexFunc(t.Lines, func(l TrendLine) bool {
		return l.Model == kind.Model && l.Backend == kind.Backend && l.Provider == kind.Provider &&
			l.Batch == kind.Batch && l.Sizes == kind.Sizes && l.Threads == kind.Threads && l.Device == kind.Device
	})
	if k < 0 {
		k = len(t.Lines)
		t.Lines = append(t.Lines, kind)
	}
	return &t.Lines[k]
}

// trendLine is the line that a comparison belongs to. A model is known by the name of the file that it was fused from.
func (r *Report) trendLine(c judge.Comparison) TrendLine {
	model := c.Candidate
	if r.Fuse != nil {
		model = r.Fuse.Input.Path
	}
	return TrendLine{Model: filepath.ToSlash(model), Backend: c.Backend, Provider: c.Provider, Batch: c.Batch, Sizes: c.Sizes, Threads: c.Threads, Device: r.device(c.Key)}
}

// device is the processor that an engine runs on.
func (r *Report) device(k bench.Key) string {
	if onGPU := k.Provider == "cuda" || k.Provider == "tensorrt" || k.Backend == "tensorrt"; onGPU && len(r.Host.GPUs) > 0 {
		return r.Host.GPUs[0].Name
	}
	return r.Host.CPU.Brand
}

func (r *Report) trendPoint(c judge.Comparison) TrendPoint {
	p := TrendPoint{
		Report: r.Path, Started: r.Started, Latency: c.CandidateMedian, Ratio: c.Ratio, CI: c.CI, Margin: c.Margin, Verdict: c.Verdict, Versions: []string{},
	}
	for _, a := range r.Arms {
		if a.Key == c.Key && a.Name == c.Candidate {
			p.Latency = r.LatencyOf(a)
		}
	}
	for _, s := range r.Settings {
		if s.Key == c.Key && s.Engine != nil {
			p.Versions = append(p.Versions, strings.TrimSpace(s.Engine.Name+" "+s.Engine.Version))
		}
	}
	if v := known(r.Host.Process.Version); v != "" {
		p.Versions = append(p.Versions, "acdeploy "+v)
	}
	return p
}

// markChanges compares each point with the level of those before it. What an invalid measurement says is no change, and no level.
func markChanges(points []TrendPoint) {
	level := 0.0
	for i := range points {
		p := &points[i]
		p.Level = bench.Float(level)
		low, high, at := float64(p.CI[0]), float64(p.CI[1]), float64(p.Ratio)
		if p.Verdict == judge.Invalid || !finite(low) || !finite(high) || !finite(at) {
			continue
		}
		by := 1 + float64(p.Margin)
		switch {
		case level == 0:
			level, p.Level = at, p.Ratio
		case low > level*by:
			p.Change, level = "slower", at
		case high < level/by:
			p.Change, level = "faster", at
		}
	}
}

// Page implements [Document].
func (t *Trend) Page() Page {
	var parts []Section
	for _, l := range t.Lines {
		parts = append(parts, l.section())
	}
	versions := Section{Title: "Versions"}
	for _, l := range t.Lines {
		for _, p := range l.Points {
			line := fmt.Sprintf("%s: %s", p.Started, p.Report)
			if len(p.Versions) > 0 {
				line += ", " + strings.Join(p.Versions, ", ")
			}
			if !slices.Contains(versions.Items, line) {
				versions.Items = append(versions.Items, line)
			}
		}
	}
	page := newPage(append(parts, versions)...).conclude(t.result())
	if len(t.Lines) > 0 {
		page = page.summarize(t.summary())
	}
	return page
}

// summary is the newest report of each line, in a table that fits a narrow terminal. One line is named in its title; several are headings.
func (t *Trend) summary() Section {
	s := Section{Title: "The newest ratio to the baseline", Table: newTable("measured", ">ratio", "=90 % interval", "=verdict", "=change")}
	indent := ""
	for _, l := range t.Lines {
		if len(t.Lines) == 1 {
			s.Title += ": " + l.Title()
		} else {
			s.Table.add(l.Title(), "", "", "", "")
			indent = "  "
		}
		p := l.Points[len(l.Points)-1]
		s.Table.add(indent+p.Started, ratio(float64(p.Ratio)), interval(float64(p.CI[0]), float64(p.CI[1])), word(p.Verdict), p.Change)
	}
	return s
}

// Title names the model, the engine with its settings, and the device.
func (l TrendLine) Title() string {
	key := bench.Key{Backend: l.Backend, Provider: l.Provider, Batch: l.Batch, Sizes: l.Sizes, Threads: l.Threads}
	return fmt.Sprintf("%s on %s (%s)", l.Model, SettingName(key), l.Device)
}

func (l TrendLine) section() Section {
	s := Section{
		Title: l.Title(),
		Table: newTable("measured", ">latency", ">ratio", "=90 % interval", "=verdict", "=change"),
		Notes: []string{"A change is marked where the interval lies outside the margin around the ratio of the last change, or of the first report. An invalid measurement marks none."},
	}
	for _, p := range l.Points {
		s.Table.add(p.Started, human.Milliseconds(p.Latency), ratio(float64(p.Ratio)), interval(float64(p.CI[0]), float64(p.CI[1])), word(p.Verdict), p.Change)
	}
	return s
}

// result names the changes, and what is in no line.
func (t *Trend) result() Section {
	s := Section{Title: "Result"}
	points := 0
	for _, l := range t.Lines {
		points += len(l.Points)
		for _, p := range l.Points {
			if p.Change != "" {
				s.Items = append(s.Items, fmt.Sprintf("%s became %s on %s with the report of %s: its ratio to the baseline went from %s to %s.",
					l.Model, p.Change, engine(l.Backend, l.Provider), p.Started, ratio(float64(p.Level)), ratio(float64(p.Ratio))))
			}
		}
	}
	text := fmt.Sprintf("%s in %s.", human.Count(points, "comparison"), human.Count(len(t.Lines), "line"))
	if len(s.Items) == 0 && points > 1 {
		text += " No change beyond the margins is shown."
	}
	s.Lead = []string{text}
	for _, l := range t.Left {
		if !strings.Contains(l.Reason, l.Report) {
			l.Reason = l.Report + ": " + l.Reason
		}
		s.Items = append(s.Items, "left out: "+l.Reason)
	}
	return s
}
