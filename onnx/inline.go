package onnx

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

// inlineAll is [decoder.inline] for the parts of a model that are written as they were read.
func (d *decoder) inlineAll(pb *onnxpb.ModelProto) error {
	for _, f := range pb.Functions {
		if err := d.inline(f.ProtoReflect()); err != nil {
			return fmt.Errorf("function %q: %w", f.GetName(), err)
		}
	}
	for _, t := range pb.TrainingInfo {
		if err := d.inline(t.ProtoReflect()); err != nil {
			return fmt.Errorf("training info: %w", err)
		}
	}
	return nil
}

// inline makes the external data in a message that is kept as it is raw data, which aliases the data
// file: the model may be saved where that file is not.
func (d *decoder) inline(m protoreflect.Message) error {
	var err error
	if t, ok := m.Interface().(*onnxpb.TensorProto); ok {
		if err := d.inlineTensor(t); err != nil {
			return fmt.Errorf("tensor %q: %w", t.GetName(), err)
		}
		return nil
	}
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for i := 0; i < v.List().Len() && err == nil; i++ {
				err = d.inline(v.List().Get(i).Message())
			}
		default:
			err = d.inline(v.Message())
		}
		return err == nil
	})
	return err
}

func (d *decoder) inlineTensor(t *onnxpb.TensorProto) error {
	if t.GetDataLocation() != onnxpb.TensorProto_EXTERNAL {
		return nil
	}
	typ := tensor.Type(t.GetDataType())
	if typ.Bits() == 0 {
		return fmt.Errorf("data type %s cannot be external", typ)
	}
	count, err := tensor.Count(t.Dims)
	if err != nil {
		return err
	}
	if t.RawData, err = d.files.slice(t.ExternalData, typ.ByteSize(count)); err != nil {
		return err
	}
	t.DataLocation, t.ExternalData = nil, nil
	return nil
}
