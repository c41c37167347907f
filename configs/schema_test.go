package configs_test

import (
	"bytes"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/acdeploy/acdeploy/configs"
)

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

func TestSchemaTakesEveryWayToWriteANumber(t *testing.T) {
	schema := compile(t)
	for _, number := range []string{"0.001", "1e-6", "5E-6", "2%", "2 %"} {
		text := "verify: {tolerance: " + number + "}\ngates: {speedup_min: " + number + "}\nbench: {margin: " + number + "}"
		if err := validate(t, schema, text); err != nil {
			t.Errorf("%s: %v", number, err)
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
