package schema_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
	"github.com/acdeploy/acdeploy/reports/schema"
)

var update = flag.Bool("update", false, "write report-v1.json and docs/report.md")

func TestSchemaIsWhatTheTypesSay(t *testing.T) {
	m := &maker{t: t}
	file(t, "report-v1.json", text(t, m.document()))
	for _, field := range m.bare {
		t.Errorf("%s has no comment that says what it is", field)
	}
}

func TestSchemaTakesEveryExample(t *testing.T) {
	published := compile(t, schema.Report())
	closed := compile(t, text(t, (&maker{t: t, closed: true}).document()))
	for _, c := range reporttest.Cases() {
		value, err := validator.UnmarshalJSON(strings.NewReader(reporttest.Rendered(t, "json", false, c.Report)))
		if err != nil {
			t.Fatal(err)
		}
		if err := published.Validate(value); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if err := closed.Validate(value); err != nil {
			t.Errorf("%s has a key that nothing describes: %v", c.Name, err)
		}
	}
}

func TestSchemaRefusesWhatIsNoReport(t *testing.T) {
	s := compile(t, schema.Report())
	for _, document := range []string{
		`{}`, `[]`, `{"schema":"acdeploy.report/v2"}`, `{"schema":"acdeploy.fuse/v1"}`,
		`{"schema":"acdeploy.report/v1","units":3}`, `{"schema":"acdeploy.report/v1","comparisons":[{"ratio":"1"}]}`,
	} {
		value, err := validator.UnmarshalJSON(strings.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(value) == nil {
			t.Errorf("the schema takes %s", document)
		}
	}
}

func TestSchemaTakesNumbersThatAreNotFinite(t *testing.T) {
	value, err := validator.UnmarshalJSON(strings.NewReader(`{"schema":"acdeploy.report/v1","comparisons":[{"ratio":null,"ci":[null,1]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := compile(t, schema.Report()).Validate(value); err != nil {
		t.Error(err)
	}
}

func TestDocsAreFresh(t *testing.T) {
	m := &maker{t: t}
	root := m.document()
	var b strings.Builder
	b.WriteString("# report.json, key by key\n\n" +
		"`acdeploy run` and `acdeploy bench` write it. `acdeploy report --schema` prints its JSON Schema. " +
		"Both are made of the same comments in the source.\n\n" +
		"Times are nanoseconds, sizes are bytes, ratios are numbers. A number that is not finite is null. " +
		"Inside a version keys are added, never renamed: ignore those that you do not know, and expect an earlier report to have fewer.\n\n" +
		"Text is UTF-8. A byte of a path or a name that is no UTF-8 is written as in the text output: the folder whose name is the one byte ff is " +
		"the four characters `\\xff`, which JSON writes as `\"\\\\xff\"`. Such a path tells folders apart, and names no file: " +
		"the configuration in the report needs its path again to be run. A file is known by its digest.\n\n")
	table(&b, root)
	for _, name := range m.order {
		fmt.Fprintf(&b, "\n## %s\n\n", name)
		if d := m.defs[name].Description; d != "" {
			b.WriteString(cell(d) + "\n\n")
		}
		table(&b, m.defs[name])
	}
	file(t, "../../docs/report.md", b.String())
}

// table is a Markdown table of the keys of an object.
func table(b *strings.Builder, s *jsonschema.Schema) {
	b.WriteString("| key | type | meaning |\n|---|---|---|\n")
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", p.Key, kind(p.Value), cell(p.Value.Description))
	}
}

// kind is the type of a value in words.
func kind(s *jsonschema.Schema) string {
	switch {
	case len(s.OneOf) > 0:
		return kind(s.OneOf[0]) + ", or null"
	case s.Ref != "":
		name := strings.TrimPrefix(s.Ref, "#/$defs/")
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(strings.ReplaceAll(name, ".", "")))
	case s.Items != nil:
		return "list of " + kind(s.Items)
	case s.Type == "object":
		return "object of " + kind(s.AdditionalProperties)
	case s.Type == "":
		return "any"
	}
	return s.Type
}

// cell is text that no table takes for its own.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(text)
}

func text(t *testing.T, s *jsonschema.Schema) string {
	t.Helper()
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

func compile(t *testing.T, document string) *validator.Schema {
	t.Helper()
	value, err := validator.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.DefaultDraft(validator.Draft2020)
	if err := c.AddResource(schema.ID, value); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schema.ID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
