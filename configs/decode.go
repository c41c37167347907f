package configs

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/catalog"
)

// decoder fills Go values from YAML nodes. The decoder of the YAML package is as strict, but stops at
// the first fault; this one reports every fault with its place.
type decoder struct {
	src    *source
	places map[string]place // the place of every key that was given
	faults faults
}

// nodeDecoder is a value that reads its own node.
type nodeDecoder interface {
	decodeNode(d *decoder, key string, n ast.Node)
}

func (d *decoder) fault(key string, n ast.Node, format string, args ...any) {
	d.faults = append(d.faults, place{d.src, n.GetToken()}.fault(key, format, args...))
}

// document decodes the root, which may be absent.
func (d *decoder) document(root ast.Node, into any) {
	if root == nil {
		return
	}
	d.value("", root, reflect.ValueOf(into).Elem())
}

// value decodes n into v. An empty value leaves v as it is: with its default.
func (d *decoder) value(key string, n ast.Node, v reflect.Value) {
	if n.Type() == ast.NullType {
		return
	}
	if d.places != nil && key != "" {
		d.places[key] = place{d.src, n.GetToken()}
	}
	switch into := v.Addr().Interface().(type) {
	case nodeDecoder:
		into.decodeNode(d, key, n)
		return
	case *time.Duration:
		d.duration(key, n, into)
		return
	case encoding.TextUnmarshaler:
		if text, ok := d.words(key, n, v.Kind() == reflect.Slice); ok {
			if err := into.UnmarshalText([]byte(text)); err != nil {
				d.fault(key, n, "%v", err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.fields(key, n, v)
	case reflect.Slice:
		d.list(key, n, v)
	case reflect.Map:
		d.mapping(key, n, v)
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		d.value(key, n, fresh.Elem())
		v.Set(fresh)
	case reflect.Interface:
		d.anything(key, n, v)
	default:
		d.basic(key, n, v)
	}
}

// anything decodes what has no type of its own, such as the options of a program.
func (d *decoder) anything(key string, n ast.Node, v reflect.Value) {
	if err := yaml.NodeToValue(n, v.Addr().Interface()); err != nil {
		d.fault(key, n, "%v", err)
	}
}

// fields decodes a mapping into a struct.
func (d *decoder) fields(key string, n ast.Node, v reflect.Value) {
	known := fieldsOf(v)
	seen := map[string]bool{}
	d.entries(key, n, func(name string, at, value ast.Node) {
		field, ok := known.find(name)
		switch {
		case !ok:
			d.fault(join(key, name), at, "unknown field %q%s", name, catalog.Suggest(name, known.names()))
		case seen[name]:
			d.fault(join(key, name), at, "%q is given twice", name)
		default:
			d.value(join(key, name), value, field)
		}
		seen[name] = true
	})
}

// entries visits the keys of a mapping.
func (d *decoder) entries(key string, n ast.Node, visit func(name string, at, value ast.Node)) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.fault(key, n, "want keys and values%s, found %s", forKey(key), kindOf(n))
		return
	}
	for _, e := range m.Values {
		if name, ok := text(e.Key); ok {
			visit(name, e.Key, e.Value)
		} else {
			d.fault(key, e.Key, "want a word for a key")
		}
	}
}

// words is the text of a scalar. Where a list reads its own text, that of a sequence is its items with commas between them.
func (d *decoder) words(key string, n ast.Node, list bool) (string, bool) {
	seq, ok := n.(*ast.SequenceNode)
	if !list || !ok {
		return d.scalar(key, n, "one word")
	}
	var items []string
	for i, e := range seq.Values {
		if e == nil || e.Type() == ast.NullType {
			d.fault(index(key, i), either(e, n), "item %d of %s is empty", i+1, key)
			return "", false
		}
		item, ok := d.scalar(index(key, i), e, "one word")
		if !ok {
			return "", false
		}
		items = append(items, item)
	}
	return strings.Join(items, ","), true
}

// mapping decodes a mapping from words, which keeps the order of nothing.
func (d *decoder) mapping(key string, n ast.Node, v reflect.Value) {
	made := reflect.MakeMap(v.Type())
	d.entries(key, n, func(name string, at, value ast.Node) {
		word := reflect.ValueOf(name).Convert(v.Type().Key())
		if made.MapIndex(word).IsValid() {
			d.fault(join(key, name), at, "%q is given twice", name)
			return
		}
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(join(key, name), value, element)
		made.SetMapIndex(word, element)
	})
	v.Set(made)
}

// list decodes a sequence into a slice. An empty one gives an empty slice, not a nil one.
func (d *decoder) list(key string, n ast.Node, v reflect.Value) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fault(key, n, "want a list%s, found %s", forKey(key), kindOf(n))
		return
	}
	made := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, e := range seq.Values {
		at := index(key, i)
		if e == nil || e.Type() == ast.NullType {
			d.fault(at, either(e, n), "item %d of %s is empty", i+1, key)
			continue
		}
		d.value(at, e, made.Index(i))
	}
	v.Set(made)
}

// either is the first node that has a place.
func either(a, b ast.Node) ast.Node {
	if a == nil || a.GetToken() == nil {
		return b
	}
	return a
}

// basic decodes a scalar into a bool, a number or a string.
func (d *decoder) basic(key string, n ast.Node, v reflect.Value) {
	want := wanted(v.Kind())
	raw, ok := d.scalar(key, n, want)
	if !ok {
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(raw)
		return
	}
	// To YAML, 1e-6 and 2% are text, so a number with a fraction may be text.
	_, isText := n.(*ast.StringNode)
	if isText && !v.CanFloat() || !setNumber(v, raw) {
		d.fault(key, n, "want %s%s, found %q", want, forKey(key), raw)
	}
}

// setNumber reports whether raw could be stored in v.
func setNumber(v reflect.Value, raw string) bool {
	switch {
	case v.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(raw)
		v.SetBool(b)
		return err == nil
	case v.CanInt():
		i, err := strconv.ParseInt(raw, 0, v.Type().Bits())
		v.SetInt(i)
		return err == nil
	case v.CanUint():
		u, err := strconv.ParseUint(raw, 0, v.Type().Bits())
		v.SetUint(u)
		return err == nil
	case v.CanFloat():
		var r bench.Ratio
		err := r.UnmarshalText([]byte(raw))
		v.SetFloat(float64(r))
		return err == nil && !v.OverflowFloat(float64(r))
	}
	return false
}

func (d *decoder) duration(key string, n ast.Node, into *time.Duration) {
	raw, ok := d.scalar(key, n, "a duration")
	if !ok {
		return
	}
	v, err := time.ParseDuration(raw)
	if err != nil {
		d.fault(key, n, "want a duration such as 50ms or 1m30s%s, found %q", forKey(key), raw)
		return
	}
	*into = v
}

// scalar is the text of a scalar; anything else is a fault.
func (d *decoder) scalar(key string, n ast.Node, want string) (string, bool) {
	raw, ok := text(n)
	if !ok {
		d.fault(key, n, "want %s%s, found %s", want, forKey(key), kindOf(n))
	}
	return raw, ok
}

// text is what a scalar says: a string without its quotes, anything else as it is written.
func text(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	}
	if raw, ok := text(n); ok {
		return strconv.Quote(raw)
	}
	return strings.ToLower(n.Type().String())
}

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number such as 0.02, 1e-6 or 2%"
	case reflect.String:
		return "text"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number that is not negative"
	}
	return "a whole number"
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// forKey names the key, where there is one.
func forKey(key string) string {
	if key == "" {
		return ""
	}
	return " for " + key
}

// fieldList are the fields of a section: its options, as those of a component.
type fieldList []catalog.Option

func fieldsOf(v reflect.Value) fieldList { return catalog.OptionsOf(v) }

func (l fieldList) names() []string {
	names := make([]string, len(l))
	for i, f := range l {
		names[i] = f.Name
	}
	return names
}

func (l fieldList) find(name string) (reflect.Value, bool) {
	f, ok := l.option(name)
	return f.Value, ok
}

func (l fieldList) option(name string) (catalog.Option, bool) {
	for _, f := range l {
		if f.Name == name {
			return f, true
		}
	}
	return catalog.Option{}, false
}
