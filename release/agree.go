package release

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// decoded is what a JSON text says, with numbers as they are written.
func decoded(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	return value, err
}

// difference says where a document does not say what it should; "" for nowhere. It may say more: a later version adds keys. The lists
// that open names, by their path, may have further items as well.
func difference(path string, got, want any, open ...string) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is no object", path)
		}
		for _, key := range slices.Sorted(maps.Keys(w)) {
			at := join(path, key)
			value, ok := g[key]
			if !ok {
				return at + " is missing"
			}
			if d := difference(at, value, w[key], open...); d != "" {
				return d
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) < len(w) || len(g) > len(w) && !slices.Contains(open, path) {
			return fmt.Sprintf("%s is not a list of %d", path, len(w))
		}
		for i := range w {
			if d := difference(fmt.Sprintf("%s[%d]", path, i), g[i], w[i], open...); d != "" {
				return d
			}
		}
		return ""
	}
	if got != want {
		return fmt.Sprintf("%s is %s, not %s", path, shown(got), shown(want))
	}
	return ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// shown is a value as JSON has it.
func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > 80 {
		text = append(text[:77:77], "..."...)
	}
	return string(text)
}
