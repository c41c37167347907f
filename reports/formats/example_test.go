package formats_test

import (
	"encoding/csv"
	"fmt"
	"os"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
)

// tsvFormat writes the verdicts with tabs between them, for a spreadsheet.
type tsvFormat struct {
	Header bool `yaml:"header"` // name the columns
}

// Write implements [reports.Format].
func (f *tsvFormat) Write(to reports.Output, doc reports.Document) error {
	r, ok := doc.(*reports.Report)
	if !ok {
		return fmt.Errorf("write CSV: it is for single reports, not for %T", doc)
	}
	w := csv.NewWriter(to)
	w.Comma = '\t'
	if f.Header {
		_ = w.Write([]string{"candidate", "ratio", "verdict"}) // Flush keeps the error
	}
	for _, c := range r.Comparisons {
		_ = w.Write([]string{c.Candidate, fmt.Sprintf("%.3f", float64(c.Ratio)), string(c.Verdict)})
	}
	w.Flush()
	return w.Error()
}

// A program gets one more report format as it gets one more pass: its main function appends an entry to the
// list.
func ExampleCatalog() {
	all := append(formats.Catalog(), catalog.Entry[reports.Format]{
		Name: "tsv",
		Doc:  "the verdicts alone, for a spreadsheet",
		New:  func() reports.Format { return &tsvFormat{Header: true} },
	})

	format, err := all.Make("tsv", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	report := reports.New(nil, nil, &judge.Result{Comparisons: []judge.Comparison{
		{Candidate: "fused.onnx", Ratio: 0.9982, Verdict: judge.Equivalent},
	}})
	if err := format.Write(reports.Output{Writer: os.Stdout}, report); err != nil {
		fmt.Println(err)
	}
	// Output:
	// candidate	ratio	verdict
	// fused.onnx	0.998	equivalent
}
