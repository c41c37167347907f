package formats

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// csvFormat is for statistics programs and spreadsheets: every timed run of a report is a row. Of several reports every comparison is one.
type csvFormat struct{}

// File implements [reports.Filer].
func (csvFormat) File() string { return "samples.csv" }

// Write implements [reports.Format]. Settings, units, blocks and runs are counted from 0, as in JSON.
func (csvFormat) Write(to reports.Output, doc reports.Document) error {
	if err := unmeasured("csv", doc); err != nil {
		return err
	}
	w := csv.NewWriter(to) // it keeps its first error
	switch doc := doc.(type) {
	case *reports.Report:
		csvSamples(w, doc)
	case *reports.Trend:
		csvTrend(w, doc)
	default:
		csvCompared(w, compared(doc))
	}
	w.Flush()
	return w.Error()
}

// csvSamples has a row for each timed run.
func csvSamples(w *csv.Writer, r *reports.Report) {
	_ = w.Write([]string{
		"setting", "backend", "provider", "batch", "threads", "arm", "role", "name",
		"unit", "complete", "block", "run", "nanoseconds", "sizes",
	})
	for _, a := range r.Arms {
		arm := []string{
			strconv.Itoa(a.Setting), cell(a.Backend), cell(a.Provider), strconv.FormatInt(a.Batch, 10), strconv.Itoa(a.Threads),
			cell(a.Arm), cell(a.Role), cell(a.Name),
		}
		for _, u := range a.Units {
			for block, b := range u.Blocks {
				for run, ns := range b.Nanoseconds {
					_ = w.Write(slices.Concat(arm, []string{
						strconv.Itoa(u.Unit), strconv.FormatBool(u.Complete), strconv.Itoa(block), strconv.Itoa(run), strconv.FormatInt(ns, 10), cell(a.Sizes),
					}))
				}
			}
		}
	}
}

// cell keeps a text from being a formula: a spreadsheet takes what follows an apostrophe as it is.
func cell(s string) string {
	s = human.Printable(s)
	if start := strings.TrimSpace(s); start != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(start)[0]) {
		return "'" + s
	}
	return s
}
