package formats_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// place is where a number belongs: a model, as readers see its name, on an engine.
type place struct{ setting, model string }

// numbers are what is told of a place: NaN and "" for what is not.
type numbers struct {
	latency float64 // in nanoseconds
	ratio   float64
	verdict string
}

// told is what a format says of a run.
type told struct {
	passed bool
	at     map[place]numbers
}

// scope is what a format has a place for.
type scope struct {
	read    func(*testing.T, *reports.Report) told
	arms    bool // latencies of all models, not of candidates alone
	verdict bool
	exact   float64 // how far a latency may be off, relative: tables round to four digits
}

// formatsRead takes the same numbers out of each format. Those of them that are of one time each, csv and gobench, are read below.
var formatsRead = map[string]scope{
	"json":        {fromJSON, true, true, 1e-12},
	"junit":       {fromJUnit, false, true, 1e-12},
	"bmf":         {fromBMF, true, false, 1e-12},
	"openmetrics": {fromOpenMetrics, true, true, 1e-12},
	"markdown":    {fromText("markdown"), true, true, 5e-4},
	"github":      {fromText("github"), true, true, 5e-4},
	"table":       {fromText("table"), true, true, 5e-4},
	"html":        {fromHTML, true, true, 5e-4},
}

// whatIs are the numbers of a report, of every arm but the copy of the baseline.
func whatIs(r *reports.Report) told {
	is := told{r.Conclusion.Passed, map[place]numbers{}}
	for _, a := range r.Arms {
		if a.Role == bench.RoleControl {
			continue
		}
		n := numbers{float64(r.LatencyOf(a)), float64(a.Ratio), ""}
		if a.Role == bench.RoleBaseline {
			n.ratio = 1
		}
		for _, c := range r.Comparisons {
			if c.Key == a.Key && c.Candidate == a.Name {
				n.ratio, n.verdict = float64(c.Ratio), string(c.Verdict)
			}
		}
		is.at[placeOf(r, a)] = n
	}
	return is
}

func placeOf(r *reports.Report, a judge.ArmRecord) place {
	return place{reports.SettingName(a.Key), human.Printable(r.Label(a.Name))}
}

func fromJSON(t *testing.T, r *reports.Report) told {
	t.Helper()
	read, err := reports.Parse([]byte(reporttest.Rendered(t, "json", false, r)))
	if err != nil {
		t.Fatal(err)
	}
	return whatIs(read)
}

// sentenceRatio finds the ratio in a sentence about a verdict.
var sentenceRatio = regexp.MustCompile(`median latency ratio (\S+)`)

func fromJUnit(t *testing.T, r *reports.Report) told {
	t.Helper()
	read, _ := junit(t, r)
	found := told{at: map[place]numbers{}}
	for _, s := range read.Suites {
		for _, p := range s.Properties {
			found.passed = found.passed || p.Name == "passed" && p.Value == "true"
		}
		for _, c := range s.Cases {
			about, of := strings.CutPrefix(c.Name, "latency of ")
			if !of || s.Name != "latency" {
				continue
			}
			model, setting, _ := strings.Cut(about, " on ")
			n := numbers{math.NaN(), math.NaN(), verdictIn(c.Output)}
			if c.Time != nil {
				n.latency = *c.Time * 1e9
			}
			if m := sentenceRatio.FindStringSubmatch(c.Output); m != nil {
				n.ratio = number(t, m[1])
			}
			found.at[place{setting, model}] = n
		}
	}
	return found
}

// verdictIn is the verdict of a sentence.
func verdictIn(sentence string) string {
	for words, verdict := range map[string]judge.Verdict{
		"; equivalent within": judge.Equivalent, "; faster by": judge.Faster, "; SLOWER by": judge.Slower,
		"; NOT SHOWN": judge.NotShown, "the measurement is INVALID": judge.Invalid,
	} {
		if strings.Contains(sentence, words) {
			return string(verdict)
		}
	}
	return ""
}

func fromBMF(t *testing.T, r *reports.Report) told {
	t.Helper()
	read := bmf(t, r)
	found := told{*read["run"]["passed"].Value == 1, map[place]numbers{}}
	for name, measures := range read {
		if model, setting, is := strings.Cut(name, " on "); is {
			n := numbers{orNaN(measures["latency"].Value), orNaN(measures["ratio"].Value), ""}
			found.at[place{setting, model}] = n
		}
	}
	return found
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// metricName parts a sample into its name and labels.
var metricName = regexp.MustCompile(`^(\w+)\{backend="([^"]*)",provider="([^"]*)",batch="(\d+)",threads="(\d+)",model="((?:[^"\\]|\\.)*)"(?:,acdeploy_verdict="(\w+)")?\}$`)

func fromOpenMetrics(t *testing.T, r *reports.Report) told {
	t.Helper()
	read := openmetrics(t, r)
	found := told{read["acdeploy_passed"] == 1, map[place]numbers{}}
	for sample, v := range read {
		m := metricName.FindStringSubmatch(sample)
		if m == nil {
			continue
		}
		batch, threads := number(t, m[4]), number(t, m[5])
		at := place{reports.SettingName(bench.Key{Backend: m[2], Provider: m[3], Batch: int64(batch), Threads: int(threads)}), strings.ReplaceAll(m[6], `\\`, `\`)}
		n, there := found.at[at]
		if !there {
			n = numbers{latency: math.NaN(), ratio: math.NaN()}
		}
		switch {
		case m[1] == "acdeploy_latency_seconds":
			n.latency = v * 1e9
		case m[1] == "acdeploy_latency_ratio":
			n.ratio = v
		case m[1] == "acdeploy_verdict" && v == 1:
			n.verdict += m[7]
		}
		found.at[at] = n
	}
	return found
}

// fromText reads the table of the latencies of a format for people.
func fromText(format string) func(*testing.T, *reports.Report) told {
	return func(t *testing.T, r *reports.Report) told {
		t.Helper()
		heading, passed := "", false
		var rows [][]string
		for line := range strings.Lines(reporttest.Rendered(t, format, true, r)) {
			line = strings.TrimSpace(line)
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.NewReplacer(`\|`, "|", `\_`, "_").Replace(strings.TrimSpace(cells[i]))
			}
			switch {
			case strings.HasPrefix(line, "PASSED. "):
				passed = true
			case len(cells) == 1 && line != "" && line[0] != '+':
				heading = strings.TrimPrefix(line, "## ")
			case heading == "Latency" || strings.HasPrefix(heading, "Measured "):
				rows = append(rows, cells)
			}
		}
		return told{passed, latencies(t, rows)}
	}
}

// latencies reads the rows of that table.
func latencies(t *testing.T, rows [][]string) map[place]numbers {
	t.Helper()
	found, setting := map[place]numbers{}, ""
	for _, row := range rows {
		if len(row) != 8 || !strings.HasSuffix(row[2], " ms") {
			continue // the head of the table, or a line
		}
		if row[0] != "" {
			setting = row[0]
		}
		n := numbers{number(t, strings.TrimSuffix(row[2], " ms")) * 1e6, number(t, row[4]), strings.ReplaceAll(row[7], " ", "_")}
		if n.verdict == "not_judged" {
			n.verdict = ""
		}
		found[place{setting, row[1]}] = n
	}
	return found
}

// number reads one as people write it; NaN for a dash.
func number(t *testing.T, s string) float64 {
	t.Helper()
	if s == "–" || s == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(strings.NewReplacer("\u202f", "", "\u00a0", "", " ", "").Replace(s), 64)
	if err != nil {
		t.Errorf("%q is no number", s)
	}
	return v
}

// fromHTML reads the table under the heading of the latencies, and the word at the top of the page.
func fromHTML(t *testing.T, r *reports.Report) told {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(reporttest.Rendered(t, "html", false, r)))
	d.Entity = xml.HTMLEntity
	var text, heading, word string
	var row []string
	var rows [][]string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return told{word == "PASSED", latencies(t, rows)}
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			text = ""
		case xml.CharData:
			text += string(e)
		case xml.EndElement:
			switch e.Name.Local {
			case "h1":
				word = text
			case "h2", "h3":
				heading = text
			case "td":
				row = append(row, text)
			case "tr":
				if heading == "Latency" {
					rows = append(rows, row)
				}
				row = nil
			}
		}
	}
}

// TestEveryFormatTellsTheSame parses the same numbers back out of each format, of every model on every engine.
func TestEveryFormatTellsTheSame(t *testing.T) {
	for _, c := range reporttest.Cases() {
		want := whatIs(c.Report)
		for format, of := range formatsRead {
			t.Run(c.Name+"/"+format, func(t *testing.T) { of.compare(t, of.read(t, c.Report), want, c.Report) })
		}
	}
}

// compare finds what a format leaves out, adds, or tells otherwise.
func (s scope) compare(t *testing.T, got, want told, r *reports.Report) {
	t.Helper()
	if got.passed != want.passed {
		t.Errorf("it says that passed is %t", got.passed)
	}
	for at := range maps.Keys(got.at) {
		if _, there := want.at[at]; !there {
			t.Errorf("%v is in no report", at)
		}
	}
	for at, w := range want.at {
		judged := w.verdict != ""
		g, there := got.at[at]
		switch {
		case !judged && !s.arms:
			continue
		case !there:
			t.Errorf("%v is not told", at)
			continue
		case !near(g.latency, w.latency, s.exact*w.latency+0.6):
			t.Errorf("%v: latency %v, not %v", at, g.latency, w.latency)
		case s.verdict && g.verdict != w.verdict:
			t.Errorf("%v: verdict %q, not %q", at, g.verdict, w.verdict)
		}
		if judged && !near(g.ratio, w.ratio, 0.0005) || !math.IsNaN(g.ratio) && !near(g.ratio, w.ratio, 0.0005) {
			t.Errorf("%v: ratio %v, not %v", at, g.ratio, w.ratio)
		}
	}
}

// near also holds for two numbers that are none.
func near(a, b, by float64) bool { return math.Abs(a-b) <= by || math.IsNaN(a) && math.IsNaN(b) }

// TestSamplesAreThoseOfTheReport reads each time of csv back, and of gobench the time of each process.
func TestSamplesAreThoseOfTheReport(t *testing.T) {
	for _, c := range reporttest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			var samples, times []string
			for _, a := range c.Report.Arms {
				for _, u := range a.Units {
					for i, b := range u.Blocks {
						for j, ns := range b.Nanoseconds {
							samples = append(samples, fmt.Sprint(a.Setting, a.Arm, u.Unit, i, j, ns))
						}
					}
				}
			}
			rows, err := csv.NewReader(strings.NewReader(reporttest.Rendered(t, "csv", false, c.Report))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows[1:] {
				number := func(i int) int {
					n, err := strconv.Atoi(row[i])
					if err != nil {
						t.Fatal(err)
					}
					return n
				}
				times = append(times, fmt.Sprint(number(0), row[5], number(8), number(10), number(11), number(12)))
			}
			if !slices.Equal(samples, times) {
				t.Errorf("csv has %d samples, the report %d, or they are others", len(times), len(samples))
			}
			sameTimes(t, c.Report)
		})
	}
}

// sameTimes compares the lines of gobench with the median over the blocks of each process.
func sameTimes(t *testing.T, r *reports.Report) {
	t.Helper()
	var want []float64
	for _, a := range r.Ordered() {
		for _, u := range a.Units {
			if u.Complete {
				want = append(want, u.Time(r.SettingOf(a.Key).Statistic))
			}
		}
	}
	var got []float64
	text := reporttest.Rendered(t, "gobench", false, r)
	for line := range strings.Lines(text) {
		if m := benchLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			got = append(got, number(t, m[2]))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("gobench has the times %v, the report %v", got, want)
	}
	if !strings.HasPrefix(text, human.Printable(r.Conclusion.Headline)+"\n") {
		t.Error("gobench does not begin with the headline")
	}
}

// TestJSONOfMachinesIsJSON, whatever is in a name.
func TestJSONOfMachinesIsJSON(t *testing.T) {
	for _, c := range reporttest.Cases() {
		for _, format := range []string{"bmf", "modelexplorer", "json"} {
			if text := reporttest.Rendered(t, format, false, c.Report); !json.Valid([]byte(text)) {
				t.Errorf("%s of %s is no JSON:\n%s", format, c.Name, text)
			}
		}
	}
}
