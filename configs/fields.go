package configs

import (
	"reflect"

	"github.com/acdeploy/acdeploy/catalog"
)

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
