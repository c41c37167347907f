package formats

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// gobenchFormat is for benchstat and other readers of what Go's benchmarks print. A line is a fresh process: its time is the one that
// the statistics rest on, so the median that benchstat tells of these lines is that of the report. Sentences about the verdicts
// stand before them; readers of benchmarks leave them out. The command benchstat -col /arm FILE compares the models of one report.
type gobenchFormat struct{}

// File implements [reports.Filer].
func (gobenchFormat) File() string { return "bench.txt" }

// Write implements [reports.Format].
func (gobenchFormat) Write(to reports.Output, doc reports.Document) error {
	all, err := sources("gobench", doc)
	if err != nil {
		return err
	}
	out := &sink{w: to}
	for _, r := range all {
		gobenchReport(out, r)
	}
	return out.err
}

// gobenchReport writes the lines of a report. Several in one file are told apart by the key report: benchstat -col /arm,report FILE.
func gobenchReport(out *sink, r source) {
	if c := r.Concluded(); c != nil {
		out.print(human.Printable(c.Headline) + "\n")
	}
	for _, c := range r.Comparisons {
		out.print(human.Printable(r.Sentence(c)) + "\n")
	}
	for _, line := range [][2]string{
		{"report", r.name},
		{"goos", r.Host.Process.GOOS},
		{"goarch", r.Host.Process.GOARCH},
		{"pkg", "acdeploy"},
		{"cpu", r.Host.CPU.Brand},
	} {
		if line[1] != "" {
			out.print(line[0] + ": " + human.Printable(line[1]) + "\n")
		}
	}
	for _, a := range r.Ordered() {
		name := fmt.Sprintf("BenchmarkInfer/model=%s/arm=%s/engine=%s/batch=%d%s/threads=%d",
			benchWord(r.Model()), benchWord(r.Label(a.Name)), benchWord(strings.TrimSuffix(a.Backend+"-"+a.Provider, "-")), a.Batch, benchSizes(a.Sizes), a.Threads)
		by := r.SettingOf(a.Key).Statistic
		for _, u := range a.Units {
			runs := 0
			for _, b := range u.Blocks {
				runs += len(b.Nanoseconds)
			}
			if u.Complete && runs > 0 {
				out.print(fmt.Sprintf("%s %d %s ns/op\n", name, runs, strconv.FormatFloat(u.Time(by), 'f', -1, 64)))
			}
		}
	}
}

// benchWord writes a text as part of the name of a benchmark: in one word, in which nothing begins another part.
func benchWord(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '/' || r == '=' {
			return '_'
		}
		return r
	}, human.Printable(s))
	if s == "" {
		return "_"
	}
	return s
}

// benchSizes are the sizes of a setting as parts of a benchmark's name, "" for none.
func benchSizes(sizes string) string {
	var name strings.Builder
	for size := range strings.FieldsSeq(sizes) {
		at := strings.LastIndex(size, "=")
		name.WriteString("/" + benchWord(size[:max(at, 0)]) + "=" + benchWord(size[at+1:]))
	}
	return name.String()
}
