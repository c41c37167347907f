// Package reports is the record of a run: it makes the documents that acdeploy prints and keeps, reads
// them back, writes them in each format, and compares two.
//
// A document is JSON; its first key, schema, names its kind and version. Inside a version fields are
// added, never renamed. Times are nanoseconds, sizes bytes, ratios numbers; a number that is not finite
// is null.
package reports

import (
	"encoding/json"
	"path/filepath"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/verify"
)

// The schemas of the documents.
const (
	SchemaFuse    = "acdeploy.fuse/v1"
	SchemaVerify  = "acdeploy.verify/v1"
	SchemaBench   = bench.Schema
	SchemaReport  = "acdeploy.report/v1"
	SchemaCompare = "acdeploy.compare/v1"
)

// FileName is the name of a report in its directory.
const FileName = "report.json"

// UnitsPath is where a measurement keeps its units beside the report, until the report holds them.
func UnitsPath(dir string) string { return filepath.Join(dir, "units.jsonl") }

// Report is the record of a whole run. The keys of the measurement stand at its top level; a part that
// was not run is null.
type Report struct {
	Schema   string  `json:"schema"`
	Fuse     *Fuse   `json:"fuse"`
	Verify   *Verify `json:"verify"`
	Baseline *Model  `json:"baseline"` // null without one: latency is then compared with the model as trained
	bench.Result
	Config json.RawMessage `json:"config"` // as used
	Seeds  Seeds           `json:"seeds"`
	Tools  []host.Library  `json:"tools"` // programs and libraries that took part

	Path string `json:"-"` // the file that holds the report; "" before it is written
}

// Seeds are the seeds of everything random in a run.
type Seeds struct {
	Verify uint64 `json:"verify"`
	Bench  uint64 `json:"bench"`
}

// New makes a report of what was run; any part may be nil.
func New(fuse *Fuse, checked *Verify, measured *bench.Result) *Report {
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
	r.Gates = list(r.Gates)
	r.Skipped = list(r.Skipped)
	r.Settings = list(r.Settings)
	r.Units = list(r.Units)
	r.Arms = list(r.Arms)
	r.Tools = list(r.Tools)
	if len(r.Config) == 0 {
		r.Config = json.RawMessage("null")
	}
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Verify is the document of a verification, acdeploy.verify/v1.
type Verify struct {
	Schema string `json:"schema"`
	verify.Result
	Before  *File           `json:"before"` // null when it is that of another document around this one
	After   *File           `json:"after"`
	Skipped []backends.Skip `json:"skipped"` // engines that were not there to check with
}

// NewVerify makes the document of a verification.
func NewVerify(r verify.Result, skipped []backends.Skip) *Verify {
	r.Checks = list(r.Checks)
	return &Verify{Schema: SchemaVerify, Result: r, Skipped: list(skipped)}
}
