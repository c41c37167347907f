package catalog

import (
	"reflect"
	"strings"
)

// Option is one option of a component: an exported, yaml-tagged field of its option struct.
type Option struct {
	Name  string        // of the yaml tag, as a configuration writes it
	Doc   string        // of the doc tag: what the option means and which values it takes
	Value reflect.Value // the field; settable where the struct was given by its address
	// Executes is the executes tag: the option names something that is executed, such as a program, a library or a
	// folder of built engines. A configuration that nobody named may not set it.
	Executes bool
	// Path is the path tag: input where the option names a file or folder that is read, output where it names one that is written, ""
	// for what is no path. In a configuration file it is relative to the folder of that file.
	Path string
}

// Options lists the options of a component in the order of its fields. A field that is marked inline is a
// group of options, which are listed in its place. What is no struct has no options.
func Options(component any) []Option {
	v := reflect.ValueOf(component)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return OptionsOf(v)
}

// OptionsOf is [Options] of a struct that is at hand as a [reflect.Value].
func OptionsOf(v reflect.Value) []Option {
	if v.Kind() != reflect.Struct {
		return nil
	}
	var list []Option
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, flags, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case f.Type.Kind() == reflect.Struct && strings.Contains(flags, "inline"):
			list = append(list, OptionsOf(v.Field(i))...)
		case name != "":
			list = append(list, Option{Name: name, Doc: f.Tag.Get("doc"), Value: v.Field(i), Executes: f.Tag.Get("executes") == "true", Path: f.Tag.Get("path")})
		}
	}
	return list
}

// find is the option of that name.
func find(options []Option, name string) (Option, bool) {
	for _, o := range options {
		if o.Name == name {
			return o, true
		}
	}
	return Option{}, false
}
