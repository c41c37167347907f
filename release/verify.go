package release

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// Check is something that a release folder states, and whether it is so.
type Check struct {
	Name   string `json:"name"`   // of what: files, model, report, provenance, equivalence or bom
	Passed bool   `json:"passed"` // whether all of it is as stated
	Detail string `json:"detail"` // what was found; where it is not as stated, what
}

// Verify compares what the files of a folder say with each other: the report is of the model that is there, the model's metadata say how
// the report has it made, and the statements and the bill of materials say what follows from both. The folder is one that [Open] read.
func Verify(f *Folder) []Check {
	checks := []Check{{"files", true, fmt.Sprintf("%s with the digests of %s, %s", human.Count(len(f.Files), "file"), SumsFile, f.Digest[:12])}}
	add := func(name string, found string, err error) {
		c := Check{Name: name, Passed: err == nil, Detail: found}
		if err != nil {
			c.Detail = err.Error()
		}
		checks = append(checks, c)
	}
	about, err := readModel(filepath.Join(f.Dir, ModelFile))
	if err != nil {
		add("model", "", err)
		return checks
	}
	about.name, about.alias, about.report = f.Name, f.Alias, f.Report
	about.env = func(string) string { return "" } // of another machine, and another time
	about.sha256 = f.sha256
	add("model", "made of "+short(about.stamp.Source)+" by acdeploy "+about.stamp.Version, about.checkStamp())
	about.parts = f.modelParts()
	err = about.checkReport()
	add("report", about.passed(), err)
	if err != nil {
		return checks // the others follow from it
	}
	for _, doc := range []struct {
		name, file, found string
		write             func(io.Writer) error
	}{
		{"provenance", ProvenanceFile, "of this model", about.provenance},
		{"equivalence", EquivalenceFile, "of this model and this report", about.equivalence},
		{"bom", BOMFile, "of this model and this report", about.bom},
	} {
		add(doc.name, doc.found, f.agrees(doc.file, doc.write))
	}
	return checks
}

// passed is what the report comes to.
func (f *facts) passed() string {
	if f.report.Verify == nil {
		return "passed"
	}
	return fmt.Sprintf("passed, of this model; proof: %s", f.report.Verify.Proof)
}

func short(digest string) string { return digest[:min(len(digest), 12)] }

// sha256 is the digest of a file; "" for one that is not there.
func (f *Folder) sha256(name string) string {
	for _, file := range f.Files {
		if file.Name == name {
			return file.SHA256
		}
	}
	return ""
}

// modelParts are the files of the model: its own, and the data file that is there beside the evidence.
func (f *Folder) modelParts() []File {
	parts := []File{{}}
	for _, file := range f.Files {
		switch {
		case file.Name == ModelFile:
			parts[0] = file
		case isDataName(file.Name):
			parts = append(parts, file)
		}
	}
	return parts
}

// checkStamp compares the model's metadata with the report.
func (f *facts) checkStamp() error {
	s, r := f.stamp, f.report
	for _, field := range []struct{ key, value string }{{keyVersion, s.Version}, {keyPasses, s.Passes}, {keySource, s.Source}, {keyConfig, s.Config}} {
		if field.value == "" {
			return fmt.Errorf("the model's metadata have no %s", field.key)
		}
	}
	if f.stale {
		return fmt.Errorf("the model's metadata have %s, which is that of another file", staleKey)
	}
	if r.Fuse == nil {
		return errors.New("the report does not say what the model was made of")
	}
	if want := r.Fuse.Input.ModelSHA256; s.Source != want {
		return fmt.Errorf("by its metadata the model was made of %s, by the report of %s", short(s.Source), short(want))
	}
	config, err := ConfigDigest(r.Config)
	if err != nil {
		return err
	}
	if s.Config != config {
		return fmt.Errorf("by its metadata the model was made with configuration %s, the report has %s", short(s.Config), short(config))
	}
	return f.checkPasses()
}

// checkPasses compares the passes of the metadata with those that the report says ran.
func (f *facts) checkPasses() error {
	names, err := passNames(f.stamp.Passes)
	if err != nil {
		return fmt.Errorf("%s: %w", keyPasses, err)
	}
	var ran []string
	for _, p := range f.report.Fuse.Passes {
		ran = append(ran, p.Name)
	}
	if got, want := strings.Join(names, ", "), strings.Join(ran, ", "); got != want {
		return fmt.Errorf("by its metadata the model was made by the passes %s, by the report by %s", cmp.Or(got, "none"), cmp.Or(want, "none"))
	}
	return nil
}

// checkReport compares the report with the model.
func (f *facts) checkReport() error {
	r := f.report
	if r.Conclusion == nil || !r.Conclusion.Passed {
		return errors.New("its run did not pass")
	}
	if r.Fuse == nil || r.Fuse.Output == nil || r.Fuse.Output.ModelSHA256 != f.digest.ModelSHA256 {
		return errors.New("it is about another model than " + ModelFile)
	}
	if v := r.Verify; v != nil && v.After != nil && v.After.ModelSHA256 != f.digest.ModelSHA256 {
		return errors.New("the answers in it are those of another model than " + ModelFile)
	}
	return nil
}

// agrees compares a file with what would be written now. Who built it and when is left alone: that was another time.
func (f *Folder) agrees(name string, write func(io.Writer) error) error {
	text, err := os.ReadFile(filepath.Join(f.Dir, name))
	if err != nil {
		return osfile.Cause(err)
	}
	got, err := decoded(text)
	if err != nil {
		return fmt.Errorf("%s is no JSON: %w", name, err)
	}
	var again bytes.Buffer
	if err := write(&again); err != nil {
		return err
	}
	want, err := decoded(again.Bytes())
	if err != nil {
		return err
	}
	forget(want, "predicate", "runDetails")
	if d := difference("", got, want, "predicate.buildDefinition.resolvedDependencies"); d != "" {
		return fmt.Errorf("%s does not agree with the model and the report: %s", name, d)
	}
	return nil
}

// forget removes a key of an object in a document, if there are such.
func forget(doc any, path ...string) {
	for _, key := range path[:len(path)-1] {
		object, _ := doc.(map[string]any)
		doc = object[key]
	}
	if object, ok := doc.(map[string]any); ok {
		delete(object, path[len(path)-1])
	}
}
