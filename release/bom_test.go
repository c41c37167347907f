package release_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// bomSchema is that of CycloneDX, which lies in the module that has its types.
func bomSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	folder := filepath.Join(strings.TrimSpace(string(out)), "schema")
	if err != nil {
		t.Skip("the module of CycloneDX is not at hand: ", err)
	}
	c := jsonschema.NewCompiler()
	for name, url := range map[string]string{"bom-1.6.schema.json": "bom", "spdx.schema.json": "spdx.schema.json", "jsf-0.82.schemax.json": "jsf-0.82.schema.json"} {
		text, err := os.Open(filepath.Join(folder, name))
		if err != nil {
			t.Skip("the module of CycloneDX has no schema: ", err)
		}
		doc, err := jsonschema.UnmarshalJSON(text)
		_ = text.Close()
		if err != nil {
			t.Fatal(err)
		}
		if url == "bom" {
			url = "bom-1.6.schema.json"
		}
		if err := c.AddResource("http://cyclonedx.org/schema/"+url, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The bill of materials is valid by the schema of CycloneDX, with a data file as well, and read by its types.
func TestBOM(t *testing.T) {
	schema := bomSchema(t)
	plain, c := releasetest.Folder(t), releasetest.Contents(t)
	external(t, &c)
	dir := filepath.Join(t.TempDir(), "release")
	if _, err := release.Write(t.Context(), dir, c); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{plain.Dir, dir} {
		text := read(t, dir, release.BOMFile)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Error(err)
		}
		if object, ok := doc.(map[string]any); ok {
			object["more"] = 1
		}
		if schema.Validate(doc) == nil {
			t.Error("the schema accepts anything")
		}
	}
	b := cdx.BOM{}
	if err := cdx.NewBOMDecoder(bytes.NewReader(read(t, plain.Dir, release.BOMFile)), cdx.BOMFileFormatJSON).Decode(&b); err != nil {
		t.Fatal(err)
	}
	m := b.Metadata.Component
	ancestor := (*m.Pedigree.Ancestors)[0]
	if m.Type != cdx.ComponentTypeMachineLearningModel || (*ancestor.Hashes)[0].Value != plain.Report.Fuse.Input.SHA256 {
		t.Errorf("got %+v", m)
	}
	var kinds []string
	for _, p := range *m.ModelCard.QuantitativeAnalysis.PerformanceMetrics {
		kinds = append(kinds, p.Type)
	}
	if got := strings.Join(kinds, " "); got != "latency latency_ratio speedup accuracy agreement" {
		t.Errorf("the metrics are %s", got)
	}
}
