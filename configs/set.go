package configs

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/catalog"
)

// Set gives one key another value, written as in a file: Set("bench.backends", "[ort, reference]", …).
// A list may go without its brackets. The origin is what messages call the place: an environment variable or a flag.
func (c *Config) Set(key, value, origin string) error {
	if c.places == nil {
		c.places = map[string]place{}
	}
	src := &source{name: origin, text: value, flag: true, word: !strings.ContainsAny(value, "{\n")}
	if known := Keys(); !slices.Contains(known, key) {
		return faults{place{src: src}.fault("", "unknown key %q%s", key, catalog.Suggest(key, known))}.err()
	}
	at := reflect.ValueOf(c).Elem()
	for name := range strings.SplitSeq(key, ".") {
		at, _ = fieldsOf(at).find(name)
	}
	if text, ok := reflect.TypeAssert[encoding.TextUnmarshaler](at.Addr()); ok {
		c.places[key] = place{src: src}
		if err := text.UnmarshalText([]byte(value)); err != nil {
			return faults{place{src: src}.fault(key, "%v", err)}.err()
		}
		return nil
	}
	if at.Kind() == reflect.String {
		c.places[key] = place{src: src}
		at.SetString(value)
		return nil
	}
	if at.Kind() == reflect.Slice {
		src.text = bracketed(value)
	}
	root, bad := src.parse()
	if bad != nil {
		return faults{*bad}.err()
	}
	d := decoder{src: src, places: c.places}
	if root != nil {
		d.value(key, root, at)
	}
	return d.faults.err()
}

// bracketed writes "ort, reference" as the list that it is. A list in brackets or with an item in each line is one already.
func bracketed(value string) string {
	trimmed := strings.TrimSpace(value)
	if trimmed == "" || strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, "- ") {
		return value
	}
	return "[" + trimmed + "]"
}

// Origin says where the value of a key comes from: a file with line and column, the name that
// [Config.Set] was given, or "default".
func (c Config) Origin(key string) string {
	return c.places[key].String()
}

// given reports whether a key was given.
func (c Config) given(key string) bool {
	_, ok := c.places[key]
	return ok
}

// fault describes what is wrong with the value of a key, at the place where the key, or the nearest
// section around it, was given.
func (c Config) fault(key, format string, args ...any) Fault {
	for at := key; at != ""; at = parent(at) {
		if p, ok := c.places[at]; ok {
			return p.fault(key, format, args...)
		}
	}
	return place{src: c.src}.fault(key, format, args...)
}

// parent is the key of the section or list around a key; "" for the whole configuration.
func parent(key string) string {
	return key[:max(0, strings.LastIndexAny(key, ".["))]
}

func index(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }
