// Package reports is the record of a run: it makes the documents that acdeploy prints and keeps, reads
// them back, writes them in each format, and compares them.
//
//	pipeline.Result ─▶ Fuse ───┐                                    ┌─▶ table
//	verify.Result ───▶ Verify ─┼─▶ Report ─┬─▶ Page ──── Format ────┼─▶ markdown
//	judge.Result ──────────────┘     ▲     │                        └─▶ json, …
//	                                 │     └─▶ Compare, Series ─▶ Page ─▶ the same formats
//	                            report.json
//
// A document is JSON. Its first key, schema, names its kind and version. Inside a version keys are added,
// never renamed. Times are nanoseconds, sizes are bytes, ratios are numbers. A number that is not finite is
// null. A byte of a path that is no UTF-8 is written as \xff.
//
// A [Page] is what a document says to people: sections of sentences, tables and lists. A [Format] sets a page,
// or takes numbers from the document itself. [Formats] is the list of them. A program adds one to the list
// that it hands to the command line.
package reports

import (
	"encoding/json"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/verify"
)

// The schemas of the documents.
const (
	SchemaFuse    = "acdeploy.fuse/v1"
	SchemaVerify  = "acdeploy.verify/v1"
	SchemaBench   = judge.Schema
	SchemaReport  = "acdeploy.report/v1"
	SchemaCompare = "acdeploy.compare/v1"
)

// Report is the record of a whole run. The keys of the measurement are at its top level; a part that
// was not run is null.
type Report struct {
	Schema string `json:"schema"` // kind and version of this document
	// Conclusion is null in reports of before there was one.
	Conclusion *Conclusion `json:"result"`
	Fuse       *Fuse       `json:"fuse"`     // null where no passes ran
	Verify     *Verify     `json:"verify"`   // null where no answers were compared
	Baseline   *Model      `json:"baseline"` // null without one: latency is then compared with the model as trained
	judge.Result
	Config json.RawMessage `json:"config"` // as used
	Seeds  Seeds           `json:"seeds"`  // of what was drawn at random
	Tools  []host.Library  `json:"tools"`  // programs and libraries that took part

	Asked    *Demands `json:"-"` // by which it is judged; nil for those of its configuration
	Path     string   `json:"-"` // the file that holds the report; "" before it is written
	PagePath string   `json:"-"` // the same for people, a page; "" for none
}

// Seeds are the seeds of everything random in a run.
type Seeds struct {
	Verify uint64 `json:"verify"` // seed of the verification
	Bench  uint64 `json:"bench"`  // seed of the measurement
}

// New makes a report of what was run; any part may be nil.
func New(fuse *Fuse, checked *Verify, measured *judge.Result) *Report {
	r := &Report{Schema: SchemaReport, Fuse: fuse, Verify: checked, Tools: []host.Library{}}
	if measured != nil {
		r.Result = *measured
	}
	r.fill()
	return r
}

// fill makes lists of nothing out of no lists, for readers that expect lists.
func (r *Report) fill() {
	r.Comparisons = list(r.Comparisons)
	r.Controls = list(r.Controls)
	r.Skipped = list(r.Skipped)
	r.Settings = list(r.Settings)
	r.Units = list(r.Units)
	r.Arms = list(r.Arms)
	r.Tools = list(r.Tools)
	if r.Conclusion != nil {
		r.Conclusion.Reasons = list(r.Conclusion.Reasons)
		r.Conclusion.Gates = list(r.Conclusion.Gates)
	}
	if len(r.Config) == 0 {
		r.Config = json.RawMessage("null")
	}
}

// Page implements [Document]. Sections that have nothing to say are left out.
func (r *Report) Page() Page {
	var evidence []Section
	for _, section := range []func() (Section, bool){
		r.verdicts, r.gates, r.models, r.rewrites, r.refusals, r.operators, r.answers, r.agreement, r.warnings, r.latency, r.spread, r.costs, r.plans, r.controls,
		r.environment, r.libraries, r.settings, r.repeat,
	} {
		if s, ok := section(); ok {
			evidence = append(evidence, s)
		}
	}
	page := newPage(evidence...)
	if s, ok := r.result(); ok {
		page = page.conclude(s)
	}
	if s, ok := r.summary(); ok {
		page = page.summarize(s)
	}
	return page
}

// Measured reports whether the report holds times that were measured.
func (r *Report) Measured() bool { return len(r.Units) > 0 }

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Verify is the document of a verification, acdeploy.verify/v1.
type Verify struct {
	Schema string `json:"schema"` // kind and version of this document
	verify.Result
	Before  *File           `json:"before"`  // null when it is that of another document around this one
	After   *File           `json:"after"`   // null when it is that of another document around this one
	Skipped []backends.Skip `json:"skipped"` // engines that were not there to check with
}

// NewVerify makes the document of a verification.
func NewVerify(r verify.Result, skipped []backends.Skip) *Verify {
	r.Checks = list(r.Checks)
	return &Verify{Schema: SchemaVerify, Result: r, Skipped: list(skipped)}
}
