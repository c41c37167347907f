package reports

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/acdeploy/acdeploy/bench"
)

// Compare is the document of a comparison of two reports, acdeploy.compare/v1. The measurements were
// made apart, so the ratios are indicative: nothing pairs their runs.
type Compare struct {
	Schema      string       `json:"schema"`
	First       string       `json:"first"` // where the reports lie
	Second      string       `json:"second"`
	Differences []Difference `json:"differences"` // of machines, libraries and settings
	Arms        []ArmPair    `json:"arms"`        // those that both reports measured
	Unmatched   []string     `json:"unmatched"`   // those that only one of them measured
}

// Difference is a fact that two reports do not share.
type Difference struct {
	Fact   string `json:"fact"`
	First  string `json:"first"`
	Second string `json:"second"`
}

// ArmPair is the same arm under the same setting in two reports.
type ArmPair struct {
	Backend  string      `json:"backend"`
	Provider string      `json:"provider"`
	Batch    int64       `json:"batch"`
	Threads  int         `json:"threads"`
	Arm      string      `json:"arm"`    // its name
	First    int64       `json:"first"`  // median, nanoseconds
	Second   int64       `json:"second"` // median, nanoseconds
	Ratio    bench.Float `json:"ratio"`  // second over first
}

// NewCompare compares two reports.
func NewCompare(a, b *Report) *Compare {
	c := &Compare{
		Schema: SchemaCompare, First: a.Path, Second: b.Path,
		Differences: differences(facts(a), facts(b)), Arms: []ArmPair{}, Unmatched: []string{},
	}
	others := b.labelled()
	for _, x := range a.labelled() {
		i := slices.IndexFunc(others, func(y bench.ArmRecord) bool { return sameArm(x, y) })
		if i < 0 {
			c.Unmatched = append(c.Unmatched, fmt.Sprintf("%s of %s, in %s only", x.Name, setting(x.Key), a.Path))
			continue
		}
		c.Arms = append(c.Arms, pair(x, others[i]))
		others = slices.Delete(others, i, i+1)
	}
	for _, y := range others {
		c.Unmatched = append(c.Unmatched, fmt.Sprintf("%s of %s, in %s only", y.Name, setting(y.Key), b.Path))
	}
	return c
}

// labelled lists the arms under their labels, since two runs write to different places.
func (r *Report) labelled() []bench.ArmRecord {
	arms := r.ordered()
	for i := range arms {
		arms[i].Name = r.label(arms[i].Name)
	}
	return arms
}

// sameArm reports whether two arms stand for the same thing; the numbers of their settings may differ.
func sameArm(x, y bench.ArmRecord) bool {
	return x.Backend == y.Backend && x.Provider == y.Provider && x.Batch == y.Batch && x.Threads == y.Threads &&
		x.Role == y.Role && x.Name == y.Name
}

func pair(x, y bench.ArmRecord) ArmPair {
	p := ArmPair{
		Backend: x.Backend, Provider: x.Provider, Batch: x.Batch, Threads: x.Threads,
		Arm: x.Name, First: x.Median, Second: y.Median, Ratio: bench.Float(math.NaN()),
	}
	if x.Median > 0 && y.Median > 0 {
		p.Ratio = bench.Float(float64(y.Median) / float64(x.Median))
	}
	return p
}

// fact is something that must be the same for times to be comparable.
type fact struct{ name, value string }

// facts lists what the times of a report depend on.
func facts(r *Report) []fact {
	h := r.Host
	list := []fact{
		{"processor", h.CPU.Brand},
		{"logical cores", strconv.Itoa(h.CPU.LogicalCores)},
		{"clock governor", h.Frequency.Governor},
		{"kernel", h.System.Kernel},
		{"acdeploy", h.Process.Version + " " + h.Process.Revision},
		{"margin", r.Options.Margin.String()},
		{"units", strconv.Itoa(r.Options.Units)},
	}
	for i, g := range h.GPUs {
		list = append(list, fact{fmt.Sprintf("GPU %d", i), g.Name}, fact{fmt.Sprintf("driver of GPU %d", i), g.Driver})
	}
	for _, s := range r.Settings {
		if s.Engine != nil {
			name := engine(s.Backend, s.Provider)
			list = append(list, fact{"version of " + name, s.Engine.Version}, fact{"library of " + name, short(s.Engine.SHA256)})
		}
	}
	for _, t := range r.Tools {
		list = append(list, fact{"version of " + t.Name, t.Version}, fact{"digest of " + t.Name, short(t.SHA256)})
	}
	return list
}

// differences lists the facts of a and b that are not the same, each once.
func differences(a, b []fact) []Difference {
	found := []Difference{}
	value := func(list []fact, name string) string {
		if i := slices.IndexFunc(list, func(f fact) bool { return f.name == name }); i >= 0 {
			return list[i].value
		}
		return "not recorded"
	}
	seen := map[string]bool{}
	for _, f := range slices.Concat(a, b) {
		x, y := value(a, f.name), value(b, f.name)
		if x != y && !seen[f.name] {
			found = append(found, Difference{f.name, x, y})
		}
		seen[f.name] = true
	}
	return found
}

// Write shows the comparison: in Markdown, or as tables for a terminal, drawn with plain characters
// when ascii is set.
func (c *Compare) Write(w io.Writer, format string, ascii bool) error {
	switch format {
	case "json":
		return JSON(w, c)
	case "markdown":
		return c.page().write(w, markdownStyle())
	case "table":
		return c.page().write(w, terminalStyle(ascii))
	}
	_, err := FindFormat(Formats(ascii), format)
	return err
}

func (c *Compare) page() page {
	arms := section{
		title: "Latency in two reports",
		lead:  []string{fmt.Sprintf("First: %s. Second: %s.", c.First, c.Second)},
		table: newTable("engine", "model", ">first", ">second", ">second/first"),
		items: c.Unmatched,
	}
	last := ""
	for _, a := range c.Arms {
		where := setting(bench.Key{Backend: a.Backend, Provider: a.Provider, Batch: a.Batch, Threads: a.Threads})
		cell := where
		if where == last {
			cell = ""
		}
		last = where
		arms.table.add(cell, a.Arm, milliseconds(a.First), milliseconds(a.Second), ratio(float64(a.Ratio)))
	}
	if len(c.Arms) == 0 {
		arms.table = nil
		arms.lead = append(arms.lead, "The reports have no measurement in common.")
	}
	arms.notes = []string{"The measurements were made apart, so the ratios are indicative."}
	p := page{arms}
	if len(c.Differences) > 0 {
		t := newTable("what differs", "first", "second")
		for _, d := range c.Differences {
			t.add(d.Fact, d.First, d.Second)
		}
		p = append(p, section{title: "Not the same in both", table: t})
	}
	return p
}
