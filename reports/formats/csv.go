package formats

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// csvFormat is for statistics programs and spreadsheets: every timed run is a row.
type csvFormat struct{}

// File implements [reports.Filer].
func (csvFormat) File() string { return "samples.csv" }

// Write implements [reports.Format]. Settings, units, blocks and runs are counted from 0, as in JSON.
func (csvFormat) Write(to reports.Output, doc reports.Document) error {
	r, ok := doc.(*reports.Report)
	if !ok {
		return fmt.Errorf("write csv: it holds the samples of one report; this document has none, take another format")
	}
	w := csv.NewWriter(to) // it keeps its first error
	_ = w.Write([]string{
		"setting", "backend", "provider", "batch", "threads", "arm", "role", "name",
		"unit", "complete", "block", "run", "nanoseconds",
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
						strconv.Itoa(u.Unit), strconv.FormatBool(u.Complete), strconv.Itoa(block), strconv.Itoa(run), strconv.FormatInt(ns, 10),
					}))
				}
			}
		}
	}
	w.Flush()
	return w.Error()
}

// cell keeps a text from being a formula: a spreadsheet takes what follows an apostrophe as it is.
func cell(s string) string {
	s = human.Printable(s)
	if start := strings.TrimSpace(s); start != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(start)[0]) {
		return "'" + s
	}
	return s
}
