package onnx

import (
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/tensor"
)

// segments are an encoded message in parts whose sizes are known before their bytes are: the length of a
// message comes before it.
type segments struct {
	parts []part
	size  int64
}

// part writes itself; its size has been added to that of the whole.
type part interface {
	write(o *output) error
}

// vtMessage is a generated message.
type vtMessage interface {
	SizeVT() int
	MarshalToSizedBufferVT(buf []byte) (int, error)
}

// output is where parts are written.
type output struct {
	io.Writer
	scratch  []byte // of the last small message
	rounding tensor.Rounding
}

// fields adds the fields of a message.
func (r *segments) fields(m vtMessage) {
	size := m.SizeVT()
	r.add(message{of: m, size: size}, int64(size))
}

// message adds a field that is a message.
func (r *segments) message(num protowire.Number, m vtMessage) {
	size := m.SizeVT()
	r.header(num, int64(size))
	r.add(message{of: m, size: size}, int64(size))
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
	r.add(elements{of: t, owner: owner}, size)
}

// header adds the tag and the length of a field.
func (r *segments) header(num protowire.Number, size int64) {
	head := protowire.AppendTag(make([]byte, 0, 12), num, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(size))
	r.add(literal(head), int64(len(head)))
}

func (r *segments) add(p part, size int64) {
	r.parts = append(r.parts, p)
	r.size += size
}

func (r *segments) write(o *output) error {
	for _, p := range r.parts {
		if err := p.write(o); err != nil {
			return err
		}
	}
	return nil
}

type literal []byte

func (l literal) write(o *output) error {
	_, err := o.Write(l)
	return err
}

type message struct {
	of   vtMessage
	size int
}

func (m message) write(o *output) error {
	if cap(o.scratch) < m.size {
		o.scratch = make([]byte, m.size)
	}
	buf := o.scratch[:m.size]
	if _, err := m.of.MarshalToSizedBufferVT(buf); err != nil {
		return err
	}
	_, err := o.Write(buf)
	return err
}

// elements is a tensor's bytes; a recipe is evaluated here.
type elements struct {
	of    *tensor.Tensor
	owner string
}

func (e elements) write(o *output) error {
	n, r, err := e.of.Round(o)
	o.rounding.Flushed += r.Flushed
	if err != nil && e.of.Computed() {
		return fmt.Errorf("tensor %q: %w", e.owner, err)
	}
	if err == nil && n != int64(e.of.ByteSize()) {
		return fmt.Errorf("tensor %q: it needs %d bytes, and %d were written", e.owner, e.of.ByteSize(), n)
	}
	return err
}

// padding is zeros between tensors in a data file.
type padding int

func (p padding) write(o *output) error {
	_, err := o.Write(make([]byte, p))
	return err
}
