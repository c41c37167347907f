package human

import (
	"reflect"
	"unicode/utf8"
)

// UTF8 writes each byte that belongs to no character as \xff, as [Printable] does. JSON would keep a question mark of it, the same one for
// every byte. Everything else stays.
func UTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b []byte
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b = appendEscape(b, s[:n])
		} else {
			b = append(b, s[:n]...)
		}
		s = s[n:]
	}
	return string(b)
}

// Legible is a document whose strings are as [UTF8] writes them. The one that is given stays as it is; the two share what is the same.
func Legible[T any](document T) T {
	if clean, changed := legible(reflect.ValueOf(&document).Elem()); changed {
		document, _ = reflect.TypeAssert[T](clean)
	}
	return document
}

// legible is a value with such strings, and whether it is another one.
func legible(v reflect.Value) (reflect.Value, bool) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); !utf8.ValidString(s) {
			return reflect.ValueOf(UTF8(s)).Convert(v.Type()), true
		}
	case reflect.Interface:
		if inside, changed := legible(v.Elem()); changed {
			return inside, true
		}
	case reflect.Pointer:
		if to, changed := legible(v.Elem()); changed {
			copied := reflect.New(v.Type().Elem())
			copied.Elem().Set(to)
			return copied, true
		}
	case reflect.Struct:
		return parts(v, v.NumField(), func(of reflect.Value, i int) reflect.Value { return of.Field(i) })
	case reflect.Slice, reflect.Array:
		if k := v.Type().Elem().Kind(); k == reflect.String || k > reflect.Complex128 { // samples are numbers, and many
			return parts(v, v.Len(), reflect.Value.Index)
		}
	case reflect.Map:
		return entries(v)
	}
	return v, false
}

// parts is a value with parts, each of them legible.
func parts(v reflect.Value, n int, part func(of reflect.Value, i int) reflect.Value) (reflect.Value, bool) {
	result, copied := v, false
	for i := range n {
		if !part(v, i).CanInterface() { // JSON shows no field without a name of its own
			continue
		}
		clean, changed := legible(part(v, i))
		if !changed {
			continue
		}
		if !copied {
			result, copied = duplicate(v), true
		}
		part(result, i).Set(clean)
	}
	return result, copied
}

// duplicate is a copy with the same parts, which can be set.
func duplicate(v reflect.Value) reflect.Value {
	copied := reflect.New(v.Type()).Elem()
	if v.Kind() == reflect.Slice {
		copied.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		reflect.Copy(copied, v)
		return copied
	}
	copied.Set(v)
	return copied
}

// entries is a map whose keys and values are legible.
func entries(v reflect.Value) (reflect.Value, bool) {
	result, any := reflect.MakeMapWithSize(v.Type(), v.Len()), false
	for key, value := range v.Seq2() {
		k, changedKey := legible(key)
		e, changed := legible(value)
		result.SetMapIndex(k, e)
		any = any || changedKey || changed
	}
	if !any {
		return v, false
	}
	return result, true
}
