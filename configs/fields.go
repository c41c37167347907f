package configs

import (
	"reflect"
	"strings"
)

// field is an exported field of a struct under the name that its yaml tag gives it.
type field struct {
	name  string
	value reflect.Value
	tag   reflect.StructField
}

type fieldList []field

// fieldsOf lists the fields of a struct, those of inlined structs among them.
func fieldsOf(v reflect.Value) fieldList {
	var list fieldList
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, flags, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case f.Type.Kind() == reflect.Struct && strings.Contains(flags, "inline"):
			list = append(list, fieldsOf(v.Field(i))...)
		case name != "":
			list = append(list, field{name, v.Field(i), f})
		}
	}
	return list
}

func (l fieldList) names() []string {
	names := make([]string, len(l))
	for i, f := range l {
		names[i] = f.name
	}
	return names
}

func (l fieldList) find(name string) (reflect.Value, bool) {
	for _, f := range l {
		if f.name == name {
			return f.value, true
		}
	}
	return reflect.Value{}, false
}
