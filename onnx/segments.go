package onnx

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/tensor"
)

// segments are an encoded message in parts whose sizes are known before their bytes are: the length of a
// message comes before it.
type segments struct {
	parts []part
	size  int64
}

// part writes itself, size bytes.
type part interface {
	write(o *output) error
	bytes() int64
}

// vtMessage is a generated message.
type vtMessage interface {
	SizeVT() int
	MarshalToSizedBufferVT(buf []byte) (int, error)
}

// output is where parts are written, by appending to buf.
type output struct {
	buf     []byte
	rounder tensor.Rounder
}

// fields adds the fields of a message.
func (r *segments) fields(m vtMessage) {
	size := m.SizeVT()
	r.add(message{of: m, size: size})
}

// message adds a field that is a message.
func (r *segments) message(num protowire.Number, m vtMessage) {
	size := m.SizeVT()
	r.header(num, int64(size))
	r.add(message{of: m, size: size})
}

// nested adds a field that is a message in parts.
func (r *segments) nested(num protowire.Number, sub *segments) {
	r.header(num, sub.size)
	r.parts = append(r.parts, sub.parts...)
	r.size += sub.size
}

// elements adds a field that holds the bytes of a tensor.
func (r *segments) elements(num protowire.Number, t *tensor.Tensor, owner string) {
	size := int64(t.ByteSize())
	r.header(num, size)
	r.add(elements{of: t, owner: owner})
}

// header adds the tag and the length of a field.
func (r *segments) header(num protowire.Number, size int64) {
	head := protowire.AppendTag(make([]byte, 0, 12), num, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(size))
	r.add(literal(head))
}

func (r *segments) add(p part) {
	r.parts = append(r.parts, p)
	r.size += p.bytes()
}

type literal []byte

func (l literal) bytes() int64 { return int64(len(l)) }

func (l literal) write(o *output) error {
	o.buf = append(o.buf, l...)
	return nil
}

type message struct {
	of   vtMessage
	size int
}

func (m message) bytes() int64 { return int64(m.size) }

func (m message) write(o *output) error {
	at := len(o.buf)
	o.buf = slices.Grow(o.buf, m.size)[:at+m.size]
	_, err := m.of.MarshalToSizedBufferVT(o.buf[at:])
	return err
}

// elements is a tensor's bytes; a recipe is evaluated here.
type elements struct {
	of    *tensor.Tensor
	owner string
}

func (e elements) bytes() int64 { return int64(e.of.ByteSize()) }

func (e elements) write(o *output) error {
	if !e.of.Computed() {
		raw, err := e.of.Bytes()
		o.buf = append(o.buf, raw...)
		return err
	}
	n, _ := e.of.Rows()
	return rows{e, 0, n}.write(o)
}

// rows are some of the rows of a recipe.
type rows struct {
	elements
	first, end int
}

func (r rows) bytes() int64 {
	_, width := r.of.Rows()
	return int64(r.of.Type().ByteSize((r.end - r.first) * width))
}

func (r rows) write(o *output) (err error) {
	if o.buf, err = o.rounder.Append(o.buf, r.of, r.first, r.end); err != nil {
		return fmt.Errorf("tensor %q: %w", r.owner, err)
	}
	return nil
}

// padding is zeros between tensors in a data file.
type padding int

func (p padding) bytes() int64 { return int64(p) }

func (p padding) write(o *output) error {
	o.buf = append(o.buf, make([]byte, p)...)
	return nil
}
