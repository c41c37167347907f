//go:build cgo

package ortc

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/acdeploy/acdeploy/tensor"
)

// alignment of tensors in bytes: a cache line and the widest vector, so that speed does not depend
// on where the allocator happened to put a tensor.
const alignment = 64

// Value is a tensor that the library can use. Its memory stays pinned until Close: the library keeps
// a bare pointer to it, which the garbage collector does not see.
type Value struct {
	typ   tensor.Type
	shape []int64
	data  []byte
	value ort.Value
	pin   runtime.Pinner
}

// NewValue copies a tensor into a value.
func NewValue(t *tensor.Tensor) (*Value, error) {
	if t.Type() == tensor.String {
		return newStrings(t)
	}
	raw, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	if t.Rank() == 0 {
		return newScalar(t.Type(), raw)
	}
	v, err := NewBuffer(t.Type(), t.Shape())
	if err != nil {
		return nil, err
	}
	copy(v.data, raw)
	return v, nil
}

// NewBuffer makes a value of zeros that the library can also write to.
func NewBuffer(typ tensor.Type, shape []int64) (*Value, error) {
	n, err := tensor.Count(shape)
	if err != nil {
		return nil, err
	}
	if !Carries(typ) || typ == tensor.String {
		return nil, fmt.Errorf("onnxruntime cannot be handed tensors of type %s", typ)
	}
	if len(shape) == 0 {
		return newScalar(typ, make([]byte, typ.ByteSize(1)))
	}
	v := &Value{typ: typ, shape: slices.Clone(shape), data: aligned(typ.ByteSize(n))}
	// The binding refuses empty memory, which a tensor without elements has; the library then reads
	// none of the byte that stands in for it.
	memory := v.data[:max(len(v.data), 1)]
	v.pin.Pin(&memory[0])
	v.value, err = ort.NewCustomDataTensor(v.shape, memory, ort.TensorElementDataType(typ))
	if err != nil {
		v.pin.Unpin()
		return nil, err
	}
	return v, nil
}

// aligned returns size zero bytes at a multiple of the alignment, with room for at least one.
func aligned(size int) []byte {
	memory := make([]byte, size+alignment)
	skip := int(-uintptr(unsafe.Pointer(&memory[0])) % alignment)
	return memory[skip : skip+size : skip+size+1]
}

func newStrings(t *tensor.Tensor) (*Value, error) {
	if t.Rank() == 0 {
		return nil, errors.New("onnxruntime cannot be handed string scalars")
	}
	for _, s := range t.Strings() {
		if strings.ContainsRune(s, 0) {
			return nil, fmt.Errorf("the string %q holds a zero byte, where onnxruntime would end it", s)
		}
	}
	made, err := ort.NewStringTensor(t.Shape())
	if err != nil {
		return nil, err
	}
	if err := made.SetContents(t.Strings()); err != nil {
		_ = made.Destroy()
		return nil, err
	}
	return &Value{typ: tensor.String, shape: t.Shape(), value: made}, nil
}

// Tensor returns a copy of the value.
func (v *Value) Tensor() (*tensor.Tensor, error) {
	switch value := v.value.(type) {
	case *ort.StringTensor:
		if len(value.GetShape()) == 0 {
			return nil, errors.New("onnxruntime cannot hand out string scalars")
		}
		elems, err := value.GetContents()
		if err != nil {
			return nil, err
		}
		return tensor.NewStrings(value.GetShape(), elems)
	case *ort.CustomDataTensor:
		data := v.data
		if data == nil { // made by the library
			data = value.GetData()
		}
		return tensor.New(v.typ, v.shape, slices.Clone(data))
	case nil:
		return nil, errors.New("onnxruntime gave no value")
	}
	return copyTyped(v.value)
}

// Close frees the value; a second call does nothing.
func (v *Value) Close() {
	if v.value != nil {
		_ = v.value.Destroy() // never fails
		v.value = nil
	}
	v.pin.Unpin()
}

// adopt takes over a value that the library made.
func adopt(made ort.Value) *Value {
	v := &Value{value: made}
	if custom, ok := made.(*ort.CustomDataTensor); ok {
		v.typ, v.shape = tensor.Type(custom.DataType()), custom.GetShape()
	}
	return v
}
