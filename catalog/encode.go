package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Encode writes the options of a component that are not at their defaults as a JSON object, under the names
// that a configuration uses; nil where there are none. Defaults is another component of the same type.
func Encode(component, defaults any) (json.RawMessage, error) {
	usual := Options(defaults)
	var text bytes.Buffer
	for _, o := range Options(component) {
		if d, ok := find(usual, o.Name); ok && reflect.DeepEqual(o.Value.Interface(), d.Value.Interface()) {
			continue
		}
		value, err := encodeValue(o.Value)
		if err != nil {
			return nil, fmt.Errorf("option %s: %w", o.Name, err)
		}
		separator := ','
		if text.Len() == 0 {
			separator = '{'
		}
		fmt.Fprintf(&text, "%c%q:%s", separator, o.Name, value)
	}
	if text.Len() == 0 {
		return nil, nil
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// encodeValue writes a duration as a configuration does, as 1m30s, a group of options under their names, and everything else as JSON does.
func encodeValue(v reflect.Value) ([]byte, error) {
	if group := OptionsOf(v); len(group) > 0 {
		values := map[string]json.RawMessage{}
		for _, o := range group {
			text, err := encodeValue(o.Value)
			if err != nil {
				return nil, err
			}
			values[o.Name] = text
		}
		return json.Marshal(values)
	}
	if d, ok := reflect.TypeAssert[time.Duration](v); ok {
		return json.Marshal(d.String())
	}
	return json.Marshal(v.Interface())
}

// Decode fills in what [Encode] wrote. An option that the component does not have is an error, and the other
// options stay as they are. It fits into [Catalog.Make] as
//
//	c.Make(name, func(into any) error { return catalog.Decode(text, into) })
func Decode(text json.RawMessage, into any) error {
	if len(text) == 0 {
		return nil
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	options := Options(into)
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = o.Name
		value, ok := given[o.Name]
		if !ok {
			continue
		}
		if err := decodeValue(value, o.Value); err != nil {
			return fmt.Errorf("option %s: %w", o.Name, err)
		}
		delete(given, o.Name)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(given)) {
		errs = append(errs, fmt.Errorf("unknown option %q%s", name, Suggest(name, names)))
	}
	return errors.Join(errs...)
}

func decodeValue(text []byte, v reflect.Value) error {
	if len(OptionsOf(v)) > 0 {
		return Decode(text, v.Addr().Interface())
	}
	into, ok := reflect.TypeAssert[*time.Duration](v.Addr())
	if !ok {
		return json.Unmarshal(text, v.Addr().Interface())
	}
	var word string
	if err := json.Unmarshal(text, &word); err != nil {
		return err
	}
	d, err := time.ParseDuration(word)
	*into = d
	return err
}
