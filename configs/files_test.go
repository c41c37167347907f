package configs_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/backends/tensorrt"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/passes"
)

// shipped is what the configurations of this folder are read with: the passes and engines that come with
// acdeploy.
func shipped() configs.Catalogs {
	engines := catalog.Catalog[backends.Backend]{ort.Entry(), tensorrt.Entry(), reference.Entry()}
	return configs.Known(passes.Catalog(), engines)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := fs.ReadFile(configs.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t *testing.T, text string) configs.Config {
	t.Helper()
	c, err := configs.Parse("test.yaml", []byte(text), shipped())
	if err == nil {
		err = c.Validate(shipped())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := configs.Schema(shipped())
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(configs.SchemaID, document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(configs.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func TestEveryConfigurationOfThisFolderIsValid(t *testing.T) {
	schema := compile(t)
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			text := read(t, name)
			parse(t, text)
			if err := validate(t, schema, text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFullConfigurationShowsEveryKeyWithItsDefault(t *testing.T) {
	full := parse(t, read(t, "full.yaml"))
	want := configs.Defaults()
	want.Model, want.Baseline, want.Output = full.Model, full.Baseline, full.Output
	want.Verify.Data.Path = full.Verify.Data.Path
	// An empty list is written where there is none by default.
	options := cmp.Options{cmpopts.IgnoreUnexported(configs.Config{}, configs.Component{}), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(want, full, options); diff != "" {
		t.Errorf("full.yaml is not the defaults (-default +full):\n%s", diff)
	}
	example := parse(t, uncommented(t))
	for _, key := range configs.Keys() {
		if example.Origin(key) == "default" {
			t.Errorf("full.yaml does not mention %s", key)
		}
	}
}

// uncommented is full.yaml with its commented options taken for real.
func uncommented(t *testing.T) string {
	t.Helper()
	text := strings.Replace(read(t, "full.yaml"), "# passes: ", "passes: ", 1)
	from := strings.Index(text, "  backends:\n")
	to := strings.Index(text, "  # backends: ")
	if from < 0 || to < from {
		t.Fatal("full.yaml has no backends section with an example")
	}
	return text[:from] + strings.Replace(text[to:], "# backends", "backends", 1)
}

func TestCommentedExamplesAreValid(t *testing.T) {
	text := uncommented(t)
	c := parse(t, text)
	if err := validate(t, compile(t), text); err != nil {
		t.Error(err)
	}
	if len(c.Passes) != 5 || len(c.Bench.Backends) != 2 || !c.Bench.Backends[0].Required || c.Bench.Backends[1].Required {
		t.Errorf("read %+v, %+v", c.Passes, c.Bench.Backends)
	}
	var fold passes.FoldConstants
	if err := c.Passes[1].Decode(&fold); err != nil || fold.MaxBytes != 1048576 {
		t.Errorf("decoded %+v, %v", fold, err)
	}
}

func TestSchemaRefusesWhatReadingRefuses(t *testing.T) {
	schema := compile(t)
	for _, text := range []string{
		"modell: a", "bench: {unitz: 1}", "passes: [fold_nothing]", "passes: [{fold_pad: {x: 1}}]",
		"verify: {data: {file: a}}", "gates: {latency: {require: quick}}", "bench: {duration: long}",
		"max_rounds: many", "bench: {backends: [{reference: {required: perhaps}}]}",
	} {
		if _, err := configs.Parse("test.yaml", []byte(text), shipped()); err == nil {
			t.Errorf("reading accepts %q", text)
		}
		if err := validate(t, schema, text); err == nil {
			t.Errorf("the schema accepts %q", text)
		}
	}
}

func TestSchemaIsStable(t *testing.T) {
	text, err := configs.Schema(known())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/schema.golden", string(text)+"\n")
}

func TestConfigurationIsWrittenAsItIsRead(t *testing.T) {
	c := parse(t, uncommented(t))
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(t, string(text)).YAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Errorf("written and read again it differs:\n%s", diff)
	}
	golden(t, "testdata/written.golden", string(text))
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, compile(t), string(data)); err != nil {
		t.Errorf("its JSON form is not valid: %v", err)
	}
}

func TestFilesAreThoseOfTheFolder(t *testing.T) {
	onDisk, err := os.ReadFile("quickstart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(onDisk) != read(t, "quickstart.yaml") {
		t.Error("the embedded file differs")
	}
}

func TestTheFilesThatTheQuickstartNamesAreInTheRepository(t *testing.T) {
	c := parse(t, read(t, "quickstart.yaml"))
	for _, path := range []string{c.Model, c.Baseline, c.Verify.Data.Path} {
		if _, err := os.Stat(filepath.Join("..", path)); err != nil {
			t.Error(err)
		}
	}
}
