package schema_test

import (
	"cmp"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/schema"
	"github.com/acdeploy/acdeploy/verify"
)

const module = "github.com/acdeploy/acdeploy"

// maker makes a schema of Go types. Descriptions are the doc tags, else the comments in the source: it runs in tests, where the
// source is.
type maker struct {
	t      *testing.T
	closed bool // refuse keys that the types do not have
	defs   jsonschema.Definitions
	order  []string                     // the definitions as they are met
	docs   map[string]map[string]string // by package: the comments of Type and Type.Field
	bare   []string                     // fields that nothing describes
}

// document makes the schema of report.json.
func (m *maker) document() *jsonschema.Schema {
	m.defs, m.docs = jsonschema.Definitions{}, map[string]map[string]string{}
	root := m.object(reflect.TypeFor[reports.Report]())
	root.Version = jsonschema.Version
	root.ID = schema.ID
	root.Title = "acdeploy report"
	root.Required = []string{"schema"} // keys are added inside a version, so an earlier report has fewer
	key, _ := root.Properties.Get("schema")
	key.Enum = []any{reports.SchemaReport, reports.SchemaBench}
	root.Definitions = m.defs
	return root
}

// object is the schema of a struct and of what it embeds.
func (m *maker) object(t reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Description: m.comment(t, ""), Properties: jsonschema.NewProperties()}
	if m.closed {
		s.AdditionalProperties = jsonschema.FalseSchema
	}
	m.fields(s, t, false)
	return s
}

// fields adds the keys of a struct. A key of the struct itself wins over one that it embeds, as in encoding/json.
func (m *maker) fields(s *jsonschema.Schema, t reflect.Type, embedded bool) {
	for f := range fieldsOf(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch _, there := s.Properties.Get(name); {
		case f.Anonymous && name == "":
			m.fields(s, f.Type, true)
		case name == "-" || !f.IsExported() || there && embedded:
		default:
			value := m.value(f.Type)
			value.Description = m.describe(t, f)
			s.Properties.Set(name, value)
		}
	}
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for field := range t.Fields() {
			if !yield(field) {
				return
			}
		}
	}
}

// value is the schema of a value as encoding/json writes it. A pointer, a list and a map may be null.
func (m *maker) value(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[bench.Float](), reflect.TypeFor[verify.Number]():
		return orNull(&jsonschema.Schema{Type: "number"}) // null when it is not finite
	case reflect.TypeFor[bench.Size](), reflect.TypeFor[bench.Range](): // written as text
		return &jsonschema.Schema{Type: "string"}
	case reflect.TypeFor[json.RawMessage]():
		return &jsonschema.Schema{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return orNull(m.value(t.Elem()))
	case reflect.Slice:
		return orNull(&jsonschema.Schema{Type: "array", Items: m.value(t.Elem())})
	case reflect.Array:
		n := uint64(t.Len())
		return &jsonschema.Schema{Type: "array", Items: m.value(t.Elem()), MinItems: &n, MaxItems: &n}
	case reflect.Map:
		return orNull(&jsonschema.Schema{Type: "object", AdditionalProperties: m.value(t.Elem())})
	case reflect.Struct:
		return m.reference(t)
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}
	case reflect.String:
		return &jsonschema.Schema{Type: "string"}
	case reflect.Float64:
		return &jsonschema.Schema{Type: "number"}
	default: // the other kinds are integers; a kind that is none fails the examples
		return &jsonschema.Schema{Type: "integer"}
	}
}

// reference names the definition of a struct, and makes it when it is new.
func (m *maker) reference(t reflect.Type) *jsonschema.Schema {
	name := filepath.Base(t.PkgPath()) + "." + t.Name()
	if _, there := m.defs[name]; !there {
		m.defs[name] = &jsonschema.Schema{}
		m.order = append(m.order, name)
		*m.defs[name] = *m.object(t)
	}
	return &jsonschema.Schema{Ref: "#/$defs/" + name}
}

func orNull(s *jsonschema.Schema) *jsonschema.Schema {
	if len(s.OneOf) > 0 {
		return s
	}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{s, {Type: "null"}}}
}

// describe is what a key means: its doc tag, its comment, or what its type is.
func (m *maker) describe(t reflect.Type, f reflect.StructField) string {
	of := f.Type
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	text := cmp.Or(f.Tag.Get("doc"), m.comment(t, f.Name))
	if text == "" && of.Kind() == reflect.Struct {
		text = m.comment(of, "")
	}
	if text == "" {
		m.bare = append(m.bare, t.String()+"."+f.Name)
	}
	return text
}

// comment is the comment of a type, or of its field, on one line.
func (m *maker) comment(t reflect.Type, field string) string {
	path := t.PkgPath()
	if m.docs[path] == nil {
		m.docs[path] = comments(m.t, filepath.Join("..", "..", strings.TrimPrefix(path, module)))
	}
	if field != "" {
		field = "." + field
	}
	return m.docs[path][t.Name()+field]
}

// comments reads the comments of the types in a folder, and of their fields.
func comments(t *testing.T, dir string) map[string]string {
	t.Helper()
	docs := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.TYPE {
				commentsOf(d, docs)
			}
		}
	}
	return docs
}

// commentsOf adds the comments of the types of one declaration.
func commentsOf(d *ast.GenDecl, docs map[string]string) {
	for _, spec := range d.Specs {
		s, _ := spec.(*ast.TypeSpec)
		text := s.Doc.Text()
		if text == "" && len(d.Specs) == 1 {
			text = d.Doc.Text()
		}
		docs[s.Name.Name] = plain(text)
		structure, ok := s.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range structure.Fields.List {
			for _, name := range f.Names {
				docs[s.Name.Name+"."+name.Name] = plain(cmp.Or(f.Doc.Text(), f.Comment.Text()))
			}
		}
	}
}

// plain is a comment on one line, without the brackets of links in documentation.
func plain(comment string) string {
	text := strings.Join(strings.Fields(comment), " ")
	return strings.NewReplacer("[", "", "]", "").Replace(text)
}

// file is a file of the repository that tests write.
func file(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the Go types say; write it with: go test ./reports/schema -update", path)
	}
}
