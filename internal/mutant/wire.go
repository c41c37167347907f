package mutant

import (
	"math"
	"math/rand/v2"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// A place is what a field means: a message, numbers in a row, a text, or anything else.
type place string

const (
	anything place = ""
	numbers  place = "numbers" // packed or one by one
	text     place = "text"
)

// schemas tell of each message what its fields mean. It is written apart from the reader of the format, so that a mistake in
// one of them shows. What is not here is anything.
func schemas() map[place]map[protowire.Number]place {
	typed := map[protowire.Number]place{2: "Shape"}
	return map[place]map[protowire.Number]place{
		"Model":    {6: text, 7: "Graph", 8: "Opset", 14: "Entry", 25: "Function"},
		"Graph":    {1: "Node", 2: text, 5: "Tensor", 11: "Info", 12: "Info", 13: "Info", 14: "Annotation", 15: "Sparse", 16: "Entry"},
		"Node":     {1: text, 2: text, 3: text, 4: text, 5: "Attribute", 7: text, 8: text, 9: "Entry"},
		"Function": {1: text, 4: text, 5: text, 6: text, 7: "Node", 9: "Opset", 10: text, 11: "Attribute", 12: "Info", 13: text},
		"Attribute": {
			1: text, 4: text, 5: "Tensor", 6: "Graph", 8: numbers, 9: text, 10: "Tensor", 11: "Graph", 14: "Type", 21: text, 22: "Sparse",
		},
		"Tensor":     {1: numbers, 7: numbers, 8: text, 13: "Entry"},
		"Sparse":     {1: "Tensor", 2: "Tensor", 3: numbers},
		"Info":       {1: text, 2: "Type"},
		"Type":       {1: "Typed", 4: "Element", 8: "Typed", 9: "Element"},
		"Typed":      typed,
		"Element":    {1: "Type"},
		"Shape":      {1: "Dim"},
		"Dim":        {2: text},
		"Opset":      {1: text},
		"Entry":      {1: text, 2: text},
		"Annotation": {1: text, 2: "Entry"},
	}
}

// File is a model file taken apart into its fields.
type File struct{ root *message }

type message struct {
	is     place
	fields []field
}

type field struct {
	num  protowire.Number
	wire protowire.Type
	is   place
	sub  *message // for a message
	data []byte   // else its value, without tag and length
}

// Parse takes a model file apart; false where it is none.
func Parse(raw []byte) (File, bool) {
	m, ok := parse(raw, "Model", schemas())
	return File{m}, ok
}

func parse(raw []byte, is place, known map[place]map[protowire.Number]place) (*message, bool) {
	m := &message{is: is}
	for len(raw) > 0 {
		num, wire, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return nil, false
		}
		size := protowire.ConsumeFieldValue(num, wire, raw[n:])
		if size < 0 {
			return nil, false
		}
		f := field{num: num, wire: wire, is: known[is][num], data: raw[n : n+size]}
		raw = raw[n+size:]
		if wire == protowire.BytesType {
			f.data, _ = protowire.ConsumeBytes(f.data)
		}
		if _, ok := known[f.is]; ok && wire == protowire.BytesType {
			if f.sub, ok = parse(f.data, f.is, known); !ok {
				return nil, false
			}
		}
		m.fields = append(m.fields, f)
	}
	return m, true
}

// Bytes is the file.
func (f File) Bytes() []byte { return f.root.append(nil) }

func (m *message) append(out []byte) []byte {
	for _, f := range m.fields {
		out = protowire.AppendTag(out, f.num, f.wire)
		data := f.data
		if f.sub != nil {
			data = f.sub.append(nil)
		}
		if f.wire == protowire.BytesType {
			out = protowire.AppendBytes(out, data)
		} else {
			out = append(out, data...)
		}
	}
	return out
}

func (m *message) clone() *message {
	c := &message{m.is, slices.Clone(m.fields)}
	for i, f := range c.fields {
		if f.sub != nil {
			c.fields[i].sub = f.sub.clone()
		}
	}
	return c
}

// spot is one field of a file.
type spot struct {
	in *message
	at int
}

func (s spot) field() *field { return &s.in.fields[s.at] }

// spots lists all fields below a message.
func (m *message) spots(out []spot) []spot {
	for i, f := range m.fields {
		out = append(out, spot{m, i})
		if f.sub != nil {
			out = f.sub.spots(out)
		}
	}
	return out
}

// Structured is the file with so many changes of its fields; others are files to take parts from. Most of the time the
// fields are drawn so that rare ones have their turn: first what a field means, then one that means it.
func (f File) Structured(rng *rand.Rand, others []File, changes int) File {
	c := changer{root: f.root.clone(), others: others, rng: rng}
	for range changes {
		for tries := 0; tries < 20 && !c.change(); tries++ { // not every field has every change
		}
	}
	return File{c.root}
}

type changer struct {
	root   *message
	others []File
	rng    *rand.Rand
}

// kindOf is what a field means and where.
type kindOf struct {
	in  place
	num protowire.Number
}

func (s spot) kind() kindOf { return kindOf{s.in.is, s.field().num} }

// draw draws one of the spots; false where there are none.
func (c changer) draw(from []spot) (spot, bool) {
	if len(from) == 0 {
		return spot{}, false
	}
	if c.rng.IntN(3) > 0 {
		var kinds []kindOf
		for _, s := range from {
			if k := s.kind(); !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
		kind := kinds[c.rng.IntN(len(kinds))]
		from = slices.DeleteFunc(slices.Clone(from), func(s spot) bool { return s.kind() != kind })
	}
	return from[c.rng.IntN(len(from))], true
}

// change changes one field, and reports whether it did.
func (c changer) change() bool {
	s, ok := c.draw(c.root.spots(nil))
	if !ok {
		return false
	}
	switch c.rng.IntN(8) {
	case 0:
		s.in.fields = slices.Delete(s.in.fields, s.at, s.at+1)
		return true
	case 1:
		return c.repeat(s)
	case 2:
		return c.swap(s)
	case 3:
		return c.graft(s)
	}
	return c.value(s)
}

// repeat puts a field a second time, beside itself or at the end.
func (c changer) repeat(s spot) bool {
	f := *s.field()
	if f.sub != nil {
		f.sub = f.sub.clone()
	}
	at := s.at
	if c.rng.IntN(2) == 0 {
		at = len(s.in.fields)
	}
	s.in.fields = slices.Insert(s.in.fields, at, f)
	return true
}

// swap has two fields of a message change places.
func (c changer) swap(s spot) bool {
	other := c.rng.IntN(len(s.in.fields))
	s.in.fields[s.at], s.in.fields[other] = s.in.fields[other], s.in.fields[s.at]
	return other != s.at
}

// graft puts a message of the same kind from this or another file in place of a field, or beside it.
func (c changer) graft(s spot) bool {
	from := c.root
	if len(c.others) > 0 && c.rng.IntN(3) > 0 {
		from = c.others[c.rng.IntN(len(c.others))].root
	}
	alike := slices.DeleteFunc(from.spots(nil), func(o spot) bool { return o.field().is != s.field().is || o.field().sub == nil })
	if len(alike) == 0 {
		return false
	}
	f := *s.field()
	f.sub = alike[c.rng.IntN(len(alike))].field().sub.clone()
	if c.rng.IntN(2) == 0 {
		*s.field() = f
	} else {
		s.in.fields = slices.Insert(s.in.fields, s.at, f)
	}
	return true
}

// value gives a field another value.
func (c changer) value(s spot) bool {
	f := s.field()
	switch {
	case f.sub != nil:
		return false
	case f.wire == protowire.VarintType:
		f.data = protowire.AppendVarint(nil, c.integer(f.data))
	case f.is == numbers && f.wire == protowire.BytesType:
		return c.packed(f)
	case f.is == text:
		return c.word(f)
	case f.wire == protowire.Fixed32Type:
		f.data = protowire.AppendFixed32(nil, math.Float32bits(float32(c.real())))
	case f.wire == protowire.Fixed64Type:
		f.data = protowire.AppendFixed64(nil, math.Float64bits(c.real()))
	default:
		return c.raw(f)
	}
	return true
}

// integer is one that readers stumble over, one near the old one, or a small one.
func (c changer) integer(old []byte) uint64 {
	was, _ := protowire.ConsumeVarint(old)
	odd := []int64{0, -1, 1 << 31, math.MaxInt64, math.MinInt64, int64(was) + 1, int64(was) - 1, 2 * int64(was), int64(c.rng.IntN(27))}
	return uint64(odd[c.rng.IntN(len(odd))])
}

func (c changer) real() float64 {
	odd := []float64{0, -1, 1, 1e-45, 1e-30, 1e30, math.Inf(1), math.NaN()}
	return odd[c.rng.IntN(len(odd))]
}

// packed changes, drops or repeats one of several numbers.
func (c changer) packed(f *field) bool {
	var all []uint64
	for rest := f.data; len(rest) > 0; {
		v, n := protowire.ConsumeVarint(rest)
		if n < 0 {
			return false
		}
		all, rest = append(all, v), rest[n:]
	}
	if len(all) == 0 {
		return false
	}
	switch at := c.rng.IntN(len(all)); c.rng.IntN(4) {
	case 0:
		all = slices.Delete(all, at, at+1)
	case 1:
		all = slices.Insert(all, at, all[at])
	default:
		all[at] = c.integer(protowire.AppendVarint(nil, all[at]))
	}
	f.data = nil
	for _, v := range all {
		f.data = protowire.AppendVarint(f.data, v)
	}
	return true
}

// word exchanges a text for another one of the file: as a rule for one that means the same, such as the name of another
// operator, and else for any.
func (c changer) word(f *field) bool {
	words := slices.DeleteFunc(c.root.spots(nil), func(s spot) bool {
		o := s.field()
		return o.is != text || o.num != f.num && c.rng.IntN(8) > 0 || string(o.data) == string(f.data)
	})
	switch {
	case c.rng.IntN(8) == 0:
		odd := []string{"", "\x1b[2J", "\xff\xfe", "../../../etc/passwd", "a\nb", "0", "-1", "9223372036854775807"}
		f.data = []byte(odd[c.rng.IntN(len(odd))])
	case len(words) == 0:
		return false
	default:
		f.data = words[c.rng.IntN(len(words))].field().data
	}
	return true
}

// raw shortens, lengthens or changes bytes. What could be the text of a document is left alone, since nobody reads it.
func (c changer) raw(f *field) bool {
	if len(f.data) == 0 || f.wire != protowire.BytesType || utf8.Valid(f.data) && len(f.data) > 64 {
		return false
	}
	data := slices.Clone(f.data)
	switch at := c.rng.IntN(len(data)); c.rng.IntN(4) {
	case 0:
		data = data[:at]
	case 1:
		data = append(data, data[:at+1]...)
	case 2:
		clear(data[at:min(at+4, len(data))])
	default:
		data[at] ^= 1 << c.rng.IntN(8)
	}
	f.data = data
	return true
}
