package configs

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/acdeploy/acdeploy/catalog"
)

// Component names a pass or a backend: a word, or a word with options. Its options are decoded by
// [Component.Decode], once the catalog has said what they are.
type Component struct {
	Name    string // in the catalog
	src     *source
	at      *token.Token // the name
	key     string
	options *ast.MappingNode  // nil when there are none
	paths   map[string]string // those of the options that are paths, as they are used
}

// Named is a component with its default options.
func Named(name string) Component { return Component{Name: name} }

// Placed is a component that acts in the folder of the configuration file that lists it, such as one that executes a program. It is told the
// folder before it checks its options. What a flag or a variable lists is in no folder, and is told nothing.
type Placed interface {
	// Place tells the folder of the configuration file.
	Place(folder string)
}

// Decode fills in the options strictly: every unknown key and every bad value is in the [*Error]. It
// fits catalog.Catalog.Make.
func (c Component) Decode(into any) error {
	if placed, ok := into.(Placed); ok && c.src != nil && !c.src.flag {
		placed.Place(filepath.Dir(c.src.name))
	}
	if c.options == nil {
		return nil
	}
	d := decoder{src: c.src}
	d.value(join(c.key, c.Name), c.options, reflect.ValueOf(into).Elem())
	for _, o := range catalog.Options(into) {
		if o.Path != "" && o.Value.Kind() == reflect.String {
			o.Value.SetString(c.src.place(o.Value.String()))
		}
	}
	return d.faults.err()
}

// placed is the component with the paths among its options as they are used, for who shows it.
func (c Component) placed(known catalog.Catalog[any]) Component {
	entry, err := known.Find(c.Name)
	if err != nil || c.options == nil {
		return c
	}
	made := entry.New()
	if c.Decode(made) != nil {
		return c // which the check of the configuration tells
	}
	c.paths = map[string]string{}
	for _, o := range catalog.Options(made) {
		if o.Path != "" && o.Value.Kind() == reflect.String {
			c.paths[o.Name] = o.Value.String()
		}
	}
	return c
}

// fault describes what is wrong with the component itself.
func (c Component) fault(format string, args ...any) Fault {
	return place{c.src, c.at}.fault(c.key, format, args...)
}

// MarshalYAML writes the component as it is read.
func (c Component) MarshalYAML() (any, error) { return written(c.Name, c.optionItems()), nil }

// written is a word, or a word with options.
func written(name string, options yaml.MapSlice) any {
	if len(options) == 0 {
		return name
	}
	return yaml.MapSlice{{Key: name, Value: options}}
}

// optionItems are the options that were given, with paths as they are used.
func (c Component) optionItems() yaml.MapSlice {
	var items yaml.MapSlice
	if c.options != nil {
		_ = yaml.NodeToValue(c.options, &items, yaml.UseOrderedMap()) // a mapping always fits
	}
	for i, item := range items {
		if path, ok := c.paths[fmt.Sprint(item.Key)]; ok {
			items[i].Value = path
		}
	}
	return items
}

func (c *Component) decodeNode(d *decoder, key string, n ast.Node) {
	c.src, c.key, c.at = d.src, key, n.GetToken()
	if name, ok := text(n); ok {
		c.Name = name
		return
	}
	m, ok := n.(*ast.MappingNode)
	if !ok || len(m.Values) != 1 {
		d.fault(key, n, "want a name, or one name with its options as in {name: {option: value}}")
		return
	}
	name, ok := text(m.Values[0].Key)
	if !ok {
		d.fault(key, n, "want a word for a name")
		return
	}
	c.Name, c.at = name, m.Values[0].Key.GetToken()
	switch options := m.Values[0].Value.(type) {
	case *ast.MappingNode:
		c.options = options
	case *ast.NullNode:
	default:
		d.fault(join(key, name), options, "want the options of %s as keys and values, found %s", name, kindOf(options))
	}
}

// Backend is an engine to measure on. Beside the engine's own options it takes `required`.
type Backend struct {
	Component
	Required bool // when the engine cannot be used here, the run fails instead of skipping it
}

// MarshalYAML writes the backend as it is read.
func (b Backend) MarshalYAML() (any, error) {
	options := b.optionItems()
	if b.Required {
		options = append(options, yaml.MapItem{Key: "required", Value: true})
	}
	return written(b.Name, options), nil
}

func (b *Backend) decodeNode(d *decoder, key string, n ast.Node) {
	b.Component.decodeNode(d, key, n)
	if b.options == nil {
		return
	}
	rest := *b.options
	rest.Values = slices.Clone(rest.Values)
	for i, e := range rest.Values {
		if name, _ := text(e.Key); name == "required" {
			d.value(join(key, "required"), e.Value, reflect.ValueOf(&b.Required).Elem())
			rest.Values = slices.Delete(rest.Values, i, i+1)
			break
		}
	}
	b.options = &rest
}
