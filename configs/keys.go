package configs

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/catalog"
)

// Keys lists every key of a configuration, sections taken apart: "model", "bench.units" … Each can be
// given to [Config.Set].
func Keys() []string {
	c := Defaults()
	return leafKeys("", reflect.ValueOf(&c).Elem())
}

func leafKeys(key string, v reflect.Value) []string {
	if !isSection(v) {
		return []string{key}
	}
	var keys []string
	for _, f := range fieldsOf(v) {
		keys = append(keys, leafKeys(join(key, f.Name), f.Value)...)
	}
	return keys
}

// isSection reports whether v is a struct with keys of its own.
func isSection(v reflect.Value) bool {
	return v.Kind() == reflect.Struct && len(fieldsOf(v)) > 0
}

// Doc says what a key means, with its default unless that is empty or zero: what zero means is a part of
// the text. It is "" for a key that there is not.
func Doc(key string) string {
	c := Defaults()
	at := catalog.Option{Value: reflect.ValueOf(&c).Elem()}
	for name := range strings.SplitSeq(key, ".") {
		var ok bool
		if at, ok = fieldsOf(at.Value).option(name); !ok {
			return ""
		}
	}
	if text := usual(at.Value); text != "" {
		return at.Doc + " (default " + text + ")"
	}
	return at.Doc
}

// usual is a default as people write it; "" for nothing.
func usual(v reflect.Value) string {
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return ""
	}
	switch value := v.Interface().(type) {
	case time.Duration:
		return strings.TrimSuffix(value.String(), "0s")
	case []Backend:
		names := make([]string, len(value))
		for i, b := range value {
			names[i] = b.Name
		}
		return strings.Join(names, ", ")
	}
	return fmt.Sprint(v.Interface())
}
