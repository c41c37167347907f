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
	s := scanner{data: data, passed: passed, memory: newAccount(len(data)), needs: map[protoreflect.Name]need{}}
	return s.memory, s.message((&onnxpb.ModelProto{}).ProtoReflect().Descriptor(), 0, len(data), 0)
}

type scanner struct {
	data   []byte
	passed func(bytes int)
	memory *account
	needs  map[protoreflect.Name]need // of the messages that were met
	made   *nameSet                   // the values that the nodes of the graph make; nil outside a graph
}

// need is what a message must have so that it says something: a bit for each row of [needs].
type need struct {
	bits map[protoreflect.Name]uint8 // of the fields
	all  uint8
}

func (s scanner) need(message protoreflect.Name) need {
	n, ok := s.needs[message]
	if ok {
		return n
	}
	n.bits = map[protoreflect.Name]uint8{}
	for row, fields := range needs(message) {
		n.all |= 1 << row
		for _, f := range fields {
			n.bits[f] = 1 << row
		}
	}
	s.needs[message] = n
	return n
}

// message checks the bytes from at up to end as a message of type desc.
func (s scanner) message(desc protoreflect.MessageDescriptor, at, end, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("byte %d: messages are nested more than %d deep", at, maxNesting)
	}
	if desc.Name() == "GraphProto" {
		s.made = newNameSet()
	}
	fields, need := desc.Fields(), s.need(desc.Name())
	var has uint8 // of what it needs
	begin, parts := at, 0
	for at < end {
		num, wire, n := protowire.ConsumeTag(s.data[at:end])
		if n < 0 {
			return s.broken(at, end, desc, n)
		}
		field := fields.ByNumber(num)
		if field != nil && !fits(field, wire) {
			return fmt.Errorf("byte %d: field %s of %s has the wrong wire type", at, field.Name(), desc.Name())
		}
		value := at + n
		n = protowire.ConsumeFieldValue(num, wire, s.data[value:end])
		if n < 0 {
			return s.broken(at, end, desc, n)
		}
		head := 0
		if field != nil && wire == protowire.BytesType {
			_, head = protowire.ConsumeVarint(s.data[value:end])
			if err := s.bytes(field, value+head, value+n, depth); err != nil {
				return err
			}
			if sub := field.Message(); sub != nil {
				if err := s.memory.part(sub.Name(), at, parts); err != nil {
					return err
				}
				parts++
			}
		}
		if need.all != 0 && field != nil && n > head {
			has |= need.bits[field.Name()]
		}
		at = value + n
	}
	return s.memory.message(desc.Name(), begin, end > begin && has == need.all)
}

// bytes checks what a length-delimited field holds.
func (s scanner) bytes(field protoreflect.FieldDescriptor, at, end, depth int) error {
	if field.Kind() != protoreflect.MessageKind && end-at >= page {
		defer s.passed(end - at)
	}
	switch field.Kind() {
	case protoreflect.MessageKind:
		if at == end && neverEmpty(field.Message().Name()) {
			return fmt.Errorf("byte %d: field %s is empty", at, field.Name())
		}
		return s.message(field.Message(), at, end, depth+1)
	case protoreflect.StringKind, protoreflect.BytesKind:
		if field.IsList() && at == end {
			return s.memory.spend(at, bytesOfWord)
		}
		if field.Name() == "output" && field.IsList() && s.made != nil && !s.made.add(s.data[at:end]) {
			return s.memory.spend(at, bytesOfNode) // no sound model makes a value twice
		}
		return nil
	}
	// Packed numbers: they must end where the field does.
	var whole bool
	switch wireType(field.Kind()) {
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

// fits reports whether a field may be encoded with the wire type.
func fits(field protoreflect.FieldDescriptor, wire protowire.Type) bool {
	want := wireType(field.Kind())
	return wire == want || wire == protowire.BytesType && field.IsList() && want != protowire.BytesType
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
