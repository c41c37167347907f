package onnx

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// maxNesting bounds messages within messages, as the other readers of the format do: each sub-graph
// takes three levels.
const maxNesting = 100

// scan walks the wire format once before anything is decoded. It finds what the generated decoder
// reports without a position or, by recursing, does not survive. It returns the account of the memory that decoding takes. Passed is told
// of the bytes of tensors that were passed over.
func scan(data []byte, passed func(bytes int)) (*account, error) {
	s := scanner{data: data, passed: passed, memory: newAccount(len(data))}
	return s.memory, s.message(forms{}.of((&onnxpb.ModelProto{}).ProtoReflect().Descriptor()), 0, len(data), 0)
}

type scanner struct {
	data   []byte
	passed func(bytes int)
	memory *account
	made   *nameSet // the values that the nodes of the graph make; nil outside a graph
}

// form is what the scan has to know of the messages of one type: large models have millions of them.
type form struct {
	desc   protoreflect.MessageDescriptor
	fields []*fieldForm // by number, nil where there is none
	needs  uint8        // what a message must have so that it says something: a bit for each row of [needs]
}

type fieldForm struct {
	protoreflect.FieldDescriptor
	kind  protoreflect.Kind
	wire  protowire.Type
	list  bool
	form  *form // of the messages in it
	meets uint8 // which of the needs
	makes bool  // whether its texts are the names of values that a node makes
}

// forms are those that were met, by the names of the messages.
type forms map[protoreflect.FullName]*form

func (f forms) of(desc protoreflect.MessageDescriptor) *form {
	if known := f[desc.FullName()]; known != nil {
		return known
	}
	made := &form{desc: desc}
	f[desc.FullName()] = made
	meets := map[protoreflect.Name]uint8{}
	for row, names := range needs(desc.Name()) {
		made.needs |= 1 << row
		for _, name := range names {
			meets[name] = 1 << row
		}
	}
	for i := range desc.Fields().Len() {
		d := desc.Fields().Get(i)
		field := &fieldForm{FieldDescriptor: d, kind: d.Kind(), wire: wireType(d.Kind()), list: d.IsList(), meets: meets[d.Name()]}
		field.makes = field.list && d.Name() == "output"
		if d.Message() != nil {
			field.form = f.of(d.Message())
		}
		made.fields = append(made.fields, make([]*fieldForm, max(0, int(d.Number())+1-len(made.fields)))...)
		made.fields[d.Number()] = field
	}
	return made
}

// field is the field of that number, nil where there is none.
func (f *form) field(number protowire.Number) *fieldForm {
	if int(number) < len(f.fields) {
		return f.fields[number]
	}
	return nil
}

// message checks the bytes from at up to end as a message of that form.
func (s scanner) message(f *form, at, end, depth int) error {
	name := f.desc.Name()
	if depth > maxNesting {
		return fmt.Errorf("byte %d: messages are nested more than %d deep", at, maxNesting)
	}
	if name == "GraphProto" {
		s.made = newNameSet()
	}
	var has uint8 // of what it needs
	begin, parts := at, 0
	for at < end {
		num, wire, n := protowire.ConsumeTag(s.data[at:end])
		if n < 0 {
			return s.broken(at, end, f.desc, n)
		}
		field := f.field(num)
		if field != nil && !field.fits(wire) {
			return fmt.Errorf("byte %d: field %s of %s has the wrong wire type", at, field.Name(), name)
		}
		value := at + n
		n = protowire.ConsumeFieldValue(num, wire, s.data[value:end])
		if n < 0 {
			return s.broken(at, end, f.desc, n)
		}
		head := 0
		if field != nil && wire == protowire.BytesType {
			_, head = protowire.ConsumeVarint(s.data[value:end])
			if err := s.bytes(field, value+head, value+n, depth); err != nil {
				return err
			}
			if field.form != nil {
				if err := s.memory.part(field.form.desc.Name(), at, parts); err != nil {
					return err
				}
				parts++
			}
		}
		if field != nil && n > head {
			has |= field.meets
		}
		at = value + n
	}
	return s.memory.message(name, begin, end > begin && has == f.needs)
}

// bytes checks what a length-delimited field holds.
func (s scanner) bytes(field *fieldForm, at, end, depth int) error {
	if field.form == nil && end-at >= page {
		defer s.passed(end - at)
	}
	switch field.kind {
	case protoreflect.MessageKind:
		if at == end && neverEmpty(field.form.desc.Name()) {
			return fmt.Errorf("byte %d: field %s is empty", at, field.Name())
		}
		return s.message(field.form, at, end, depth+1)
	case protoreflect.StringKind, protoreflect.BytesKind:
		if field.list && at == end {
			return s.memory.spend(at, bytesOfWord)
		}
		if field.makes && s.made != nil && !s.made.add(s.data[at:end]) {
			return s.memory.spend(at, bytesOfNode) // no sound model makes a value twice
		}
		return nil
	}
	// Packed numbers: they must end where the field does.
	var whole bool
	switch field.wire {
	case protowire.Fixed32Type:
		whole = (end-at)%4 == 0
	case protowire.Fixed64Type:
		whole = (end-at)%8 == 0
	default:
		whole = at == end || s.data[end-1] < 0x80
	}
	if !whole {
		return fmt.Errorf("byte %d: the last number of field %s is incomplete", at, field.Name())
	}
	return nil
}

// neverEmpty tells the messages that always say something. A file that is full of empty ones would
// take a hundred times its size in memory.
func neverEmpty(message protoreflect.Name) bool {
	switch message {
	case "NodeProto", "AttributeProto", "TensorProto", "ValueInfoProto":
		return true
	}
	return false
}

func (s scanner) broken(at, end int, desc protoreflect.MessageDescriptor, code int) error {
	if end == len(s.data) && errors.Is(protowire.ParseError(code), io.ErrUnexpectedEOF) {
		return fmt.Errorf("byte %d: the file is truncated in the middle of a field of %s; copy it again", at, desc.Name())
	}
	return fmt.Errorf("byte %d: this is not a field of %s", at, desc.Name())
}

// fits reports whether the field may be encoded with the wire type.
func (f *fieldForm) fits(wire protowire.Type) bool {
	return wire == f.wire || wire == protowire.BytesType && f.list && f.wire != protowire.BytesType
}

func wireType(kind protoreflect.Kind) protowire.Type {
	switch kind {
	case protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	}
	return protowire.VarintType
}
