//go:build cgo

package ortc

import (
	"encoding/binary"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/acdeploy/acdeploy/tensor"
)

// newScalar makes a value of rank 0, which the binding has only for some types.
func newScalar(typ tensor.Type, raw []byte) (*Value, error) {
	switch typ {
	case tensor.Float32:
		return scalar[float32](typ, raw)
	case tensor.Float64:
		return scalar[float64](typ, raw)
	case tensor.Int8:
		return scalar[int8](typ, raw)
	case tensor.Int16:
		return scalar[int16](typ, raw)
	case tensor.Int32:
		return scalar[int32](typ, raw)
	case tensor.Int64:
		return scalar[int64](typ, raw)
	case tensor.Uint8:
		return scalar[uint8](typ, raw)
	case tensor.Uint16:
		return scalar[uint16](typ, raw)
	case tensor.Uint32:
		return scalar[uint32](typ, raw)
	case tensor.Uint64:
		return scalar[uint64](typ, raw)
	case tensor.Bool:
		return scalar[bool](typ, raw)
	}
	return nil, fmt.Errorf("onnxruntime cannot be handed scalars of type %s", typ)
}

func scalar[E tensor.Elem](typ tensor.Type, raw []byte) (*Value, error) {
	var elem E
	if _, err := binary.Decode(raw, binary.LittleEndian, &elem); err != nil {
		return nil, err
	}
	// The binding keeps the element on the heap for as long as the scalar lives, and Value holds it.
	made, err := ort.NewScalar(elem)
	if err != nil {
		return nil, err
	}
	return &Value{typ: typ, shape: []int64{}, value: made}, nil
}

// copyTyped copies a tensor or scalar whose element type the binding knows.
func copyTyped(value ort.Value) (*tensor.Tensor, error) {
	switch value := value.(type) {
	case *ort.Tensor[float32]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[float64]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[int8]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[int16]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[int32]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[int64]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[uint8]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[uint16]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[uint32]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[uint64]:
		return copyOf(value.GetShape(), value.GetData()), nil
	case *ort.Tensor[bool]:
		return copyOf(value.GetShape(), value.GetData()), nil
	}
	return copyScalar(value)
}

func copyScalar(value ort.Value) (*tensor.Tensor, error) {
	switch value := value.(type) {
	case *ort.Scalar[float32]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[float64]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[int8]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[int16]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[int32]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[int64]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[uint8]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[uint16]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[uint32]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[uint64]:
		return tensor.Of(nil, value.GetData()), nil
	case *ort.Scalar[bool]:
		return tensor.Of(nil, value.GetData()), nil
	}
	return nil, fmt.Errorf("the value is a %s, not a tensor", value.GetONNXType())
}

// copyOf copies elements as the library gave them; their number fits the shape.
func copyOf[E tensor.Elem](shape ort.Shape, elems []E) *tensor.Tensor {
	return tensor.Of(shape, elems...)
}
