package release_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
	"github.com/acdeploy/acdeploy/reports"
)

// equivalenceSchema is the one that the docs have.
func equivalenceSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "docs", "equivalence-v1.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = text.Close() }()
	doc, err := jsonschema.UnmarshalJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(release.EquivalenceType, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(release.EquivalenceType)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// predicate is that of a folder's equivalence statement.
func predicate(t *testing.T, f *release.Folder) any {
	t.Helper()
	s := statementOf(t, f, release.EquivalenceFile)
	if s.GetPredicateType() != release.EquivalenceType {
		t.Errorf("the type is %s", s.GetPredicateType())
	}
	text, err := protojson.Marshal(s.GetPredicate())
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// What is written is what the schema in the docs says, also of a run that measured or proved less.
func TestEquivalenceHasItsSchema(t *testing.T) {
	schema := equivalenceSchema(t)
	for name, change := range map[string]func(r *reports.Report){
		"whole":        func(*reports.Report) {},
		"not measured": func(r *reports.Report) { r.Comparisons, r.Arms, r.Settings = nil, nil, nil },
		"not verified": func(r *reports.Report) { r.Verify = nil },
		"no baseline":  func(r *reports.Report) { r.Baseline = nil },
		"no strength, no classes": func(r *reports.Report) {
			r.Verify.Strength = nil
			for i := range r.Verify.Checks {
				r.Verify.Checks[i].Top1 = nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := releasetest.Contents(t)
			change(c.Report)
			c.Report.Conclude()
			dir := filepath.Join(t.TempDir(), "release")
			if _, err := release.Write(t.Context(), dir, c); err != nil {
				t.Fatal(err)
			}
			f, err := release.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(predicate(t, f)); err != nil {
				t.Error(err)
			}
			for _, c := range release.Verify(f) {
				if !c.Passed {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}

// The schema refuses what is not of it: it would otherwise accept anything.
func TestEquivalenceSchemaRefuses(t *testing.T) {
	schema := equivalenceSchema(t)
	for name, change := range map[string]func(doc map[string]any){
		"unknown key":  func(doc map[string]any) { doc["more"] = 1 },
		"missing key":  func(doc map[string]any) { delete(doc, "proof") },
		"unknown word": func(doc map[string]any) { doc["proof"] = "trust me" },
	} {
		doc, _ := predicate(t, releasetest.Folder(t)).(map[string]any)
		change(doc)
		if schema.Validate(doc) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The numbers are those of the report.
func TestEquivalence(t *testing.T) {
	f := releasetest.Folder(t)
	doc, _ := predicate(t, f).(map[string]any)
	strength, _ := doc["strength"].(map[string]any)
	top1, _ := doc["top1"].(map[string]any)
	latency, _ := doc["latency"].([]any)
	if doc["proof"] != "algebra" || doc["answers"] != "same" || doc["speedup"] != float64(f.Report.Conclusion.Speedup) ||
		strength["change"] != 0x1p-23 || top1["samples"] != 360.0 || len(latency) != len(f.Report.Comparisons) {
		t.Errorf("got %v", doc)
	}
}
