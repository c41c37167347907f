package configs

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
)

// SchemaID names the schema of version 1.
const SchemaID = "https://github.com/acdeploy/acdeploy/schemas/config-v1.json"

// Schema is the JSON Schema, draft 2020-12, of a configuration that may name the given components. It
// is made from the Go types, the components' option structs among them.
func Schema(known Catalogs) ([]byte, error) {
	r := reflector(known)
	schema := r.Reflect(&Config{})
	schema.ID = SchemaID
	schema.Title = "acdeploy configuration"
	schema.Required = nil
	return json.MarshalIndent(schema, "", "  ")
}

// reflector makes schemas in which every key may be left out and no other key may be given.
func reflector(known Catalogs) *jsonschema.Reflector {
	r := &jsonschema.Reflector{
		FieldNameTag:               "yaml",
		DoNotReference:             true,
		RequiredFromJSONSchemaTags: true,
		Anonymous:                  true,
		LookupComment:              docOf,
	}
	r.Mapper = func(t reflect.Type) *jsonschema.Schema {
		if t.Kind() == reflect.Float64 {
			return number()
		}
		switch t {
		case reflect.TypeFor[Component]():
			return component(known.Passes, nil)
		case reflect.TypeFor[Backend]():
			required := &jsonschema.Schema{Type: "boolean", Description: "fail instead of skipping when the engine cannot be used here"}
			return component(known.Backends, required)
		case reflect.TypeFor[judge.Requirement]():
			return &jsonschema.Schema{Type: "string", Enum: []any{judge.RequireEquivalent, judge.RequireFaster, judge.RequireNothing}}
		case reflect.TypeFor[judge.Limit]():
			return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", Pattern: `^( *[0-9.eE+-]+ *%? *|baseline)?$`}, {Type: "number"}}}
		case reflect.TypeFor[bench.Size]():
			return &jsonschema.Schema{Type: "string", Pattern: `=`, Examples: []any{"sequence=128", "height=224,320"}}
		case reflect.TypeFor[bench.Range]():
			return &jsonschema.Schema{Type: "string", Pattern: `=.+:`, Examples: []any{"ids=0:30521"}}
		case reflect.TypeFor[time.Duration]():
			return &jsonschema.Schema{Type: "string", Pattern: `^[0-9.]+(ns|us|µs|ms|s|m|h)([0-9.]+(ns|us|µs|ms|s|m|h))*$`}
		}
		return nil
	}
	return r
}

// docOf is the doc tag of a field.
func docOf(of reflect.Type, field string) string {
	if field == "" { // the type itself is asked for
		return ""
	}
	f, _ := of.FieldByName(field)
	return f.Tag.Get("doc")
}

// number is a number, or text that is one: 1e-6 is text to YAML, as is 2%.
func number() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "string", Pattern: `^ *[0-9.eE+-]+ *%? *$`},
		{Type: "number"},
	}}
}

// component is the schema of a name, or of a name with options.
func component(known catalog.Catalog[any], required *jsonschema.Schema) *jsonschema.Schema {
	var words []any
	var forms []*jsonschema.Schema
	for _, e := range known {
		words = append(words, e.Name)
		properties := jsonschema.NewProperties()
		properties.Set(e.Name, options(e.New(), required))
		forms = append(forms, &jsonschema.Schema{
			Type: "object", Description: e.Title(),
			Properties: properties, Required: []string{e.Name}, AdditionalProperties: jsonschema.FalseSchema,
		})
	}
	return &jsonschema.Schema{OneOf: append([]*jsonschema.Schema{{Type: "string", Enum: words}}, forms...)}
}

// options is the schema of an option struct; required, if not nil, is an option in addition to its own.
func options(of any, required *jsonschema.Schema) *jsonschema.Schema {
	s := reflector(Catalogs{}).Reflect(of)
	s.Version = ""
	if s.Properties == nil {
		s.Properties = jsonschema.NewProperties()
	}
	if required != nil {
		s.Properties.Set("required", required)
	}
	s.AdditionalProperties = jsonschema.FalseSchema
	return s
}
