// Package release is the release folder: a fused model together with the evidence that it may ship.
//
//	run passes ──▶ Write ──▶ model.onnx           the model, with its provenance in its metadata
//	                         report.json, .html   what was proven and measured
//	                         README.md            model card
//	                         *.intoto.json        unsigned statements: how it was made, what was shown
//	                         bom.cdx.json         bill of materials
//	                         SHA256SUMS           of all of them
//	          Open ◀──       reads it, and checks every digest
//	                ──▶ Target: a place where teams keep models
package release

import (
	"context"

	"github.com/acdeploy/acdeploy/reports"
)

// The files of a release folder. A model with weights beside it has a data file, too.
const (
	ModelFile       = "model.onnx"
	ReportFile      = "report.json"
	PageFile        = "report.html"
	CardFile        = "README.md"
	ProvenanceFile  = "provenance.intoto.json"
	EquivalenceFile = "equivalence.intoto.json"
	BOMFile         = "bom.cdx.json"
	SumsFile        = "SHA256SUMS"
)

// Folder is a release folder whose files are those of its sums.
type Folder struct {
	Dir    string          // where it lies
	Name   string          // of the registered model
	Alias  string          // that points to a released version; "" for none
	Files  []File          // by name, without the sums
	Digest string          // SHA-256 of SHA256SUMS, in hex: it stands for the whole folder
	Report *reports.Report // the run that made it
}

// File is one file of a folder.
type File struct {
	Name   string // in the folder
	SHA256 string // hex
	Bytes  int64  // its size
}

// Passed reports whether every check and gate of the run passed.
func (f *Folder) Passed() bool { return f.Report.Conclusion != nil && f.Report.Conclusion.Passed }

// Target is a place where release folders are published.
type Target interface {
	// Publish delivers a folder. The same folder again changes nothing.
	Publish(ctx context.Context, f *Folder) (Receipt, error)
	// Plan says in a line each what Publish would do. It asks nobody.
	Plan(f *Folder) []string
}

// Receipt is what was delivered.
type Receipt struct {
	Target    string   `json:"target"`    // as it was named
	Reference string   `json:"reference"` // by which the release is found there, such as a digest or a version
	Unchanged bool     `json:"unchanged"` // it was there already
	Done      []string `json:"done"`      // what was done, a line each
}
