package worker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// TensorHead announces a tensor in a line of the conversation. Its elements follow the line as bytes, in the order
// of the heads.
type TensorHead struct {
	Name  string      `json:"name"`  // of the input or output
	Type  tensor.Type `json:"type"`  // of its elements
	Shape []int64     `json:"shape"` // its sizes
	Bytes int64       `json:"bytes"` // how many of them follow
}

// maxParcel bounds the bytes that follow one line.
const maxParcel = 1 << 35

// pack gives the heads of tensors, in the order of their names, and their bytes.
func pack(tensors tensor.Map) (heads []TensorHead, raw [][]byte, err error) {
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		data := joinStrings(t.Strings())
		if t.Type() != tensor.String {
			if data, err = t.Bytes(); err != nil {
				return nil, nil, fmt.Errorf("send tensor %q: %w", name, err)
			}
		}
		heads = append(heads, TensorHead{Name: name, Type: t.Type(), Shape: t.Shape(), Bytes: int64(len(data))})
		raw = append(raw, data)
	}
	return heads, raw, nil
}

// unpack reads the tensors that heads announce; nil for none. Memory grows with what really comes.
func unpack(in io.Reader, heads []TensorHead) (tensor.Map, error) {
	if len(heads) == 0 {
		return nil, nil
	}
	tensors := tensor.Map{}
	left := int64(maxParcel)
	for _, h := range heads {
		if h.Bytes < 0 || h.Bytes > left {
			return nil, fmt.Errorf("receive tensor %q: it has %d bytes", h.Name, h.Bytes)
		}
		left -= h.Bytes
		var raw bytes.Buffer
		raw.Grow(int(min(h.Bytes, 64<<20)))
		if _, err := io.CopyN(&raw, in, h.Bytes); err != nil {
			return nil, fmt.Errorf("receive tensor %q: %w", h.Name, err)
		}
		t, err := h.tensor(raw.Bytes())
		if err != nil {
			return nil, fmt.Errorf("receive tensor %q: %w", h.Name, err)
		}
		tensors[h.Name] = t
	}
	return tensors, nil
}

func (h TensorHead) tensor(raw []byte) (*tensor.Tensor, error) {
	if h.Type != tensor.String {
		return tensor.New(h.Type, h.Shape, raw)
	}
	elems, err := splitStrings(raw)
	if err != nil {
		return nil, err
	}
	return tensor.NewStrings(h.Shape, elems)
}

// joinStrings writes each string after its length.
func joinStrings(elems []string) []byte {
	var raw []byte
	for _, e := range elems {
		raw = append(binary.AppendUvarint(raw, uint64(len(e))), e...)
	}
	return raw
}

func splitStrings(raw []byte) ([]string, error) {
	elems := []string{}
	for len(raw) > 0 {
		n, used := binary.Uvarint(raw)
		if used <= 0 || n > uint64(len(raw)-used) {
			return nil, fmt.Errorf("bad length of string %d", len(elems))
		}
		end := used + int(n)
		elems = append(elems, string(raw[used:end]))
		raw = raw[end:]
	}
	return elems, nil
}
