package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

// The fields of TensorProto whose wire bytes are the elements, little-endian.
const (
	floatData  protowire.Number = 4
	rawData    protowire.Number = 9
	doubleData protowire.Number = 10
)

// page is the size in bytes below which nobody is told that a tensor was read: its page is that of others, too.
const page = 4096

// tensor decodes a tensor. Raw and external data alias the file. Typed fields become bytes; floats
// are dropped from the message then, since the bytes are what has to be written again.
func (d *decoder) tensor(pb *onnxpb.TensorProto) (*stored, error) {
	s := d.spare
	if d.spare = nil; s == nil {
		s = &stored{}
	}
	*s = stored{pb: pb}
	if pb.Segment != nil {
		return s, nil // a part of a tensor means nothing alone; it is kept and never read
	}
	typ := tensor.Type(pb.GetDataType())
	if !typ.Known() {
		return d.unknownType(s, typ)
	}
	count, err := tensor.Count(pb.Dims)
	if err != nil {
		return nil, err
	}
	if typ == tensor.String {
		return s, decodeStrings(s)
	}
	raw, err := d.elements(s, typ, count)
	if err != nil {
		return nil, err
	}
	if len(raw) < page {
		if s.field == rawData {
			raw = d.small.own(raw)
		}
		s.data, err = tensor.New(typ, d.shape(pb.Dims), raw)
	} else {
		s.data, err = tensor.NewWatched(typ, d.shape(pb.Dims), raw, d.read)
	}
	return s, err
}

// shape is a copy of dims, or one that was made for an earlier tensor.
func (d *decoder) shape(dims []int64) []int64 {
	for i := range d.shapes {
		if s := d.shapes[i]; s != nil && slices.Equal(s, dims) {
			d.shapes[0], d.shapes[i] = s, d.shapes[0] // to be found at once the next time
			return s
		}
	}
	copy(d.shapes[1:], d.shapes[:])
	d.shapes[0] = append(make([]int64, 0, len(dims)), dims...)
	return d.shapes[0]
}

// unknownType keeps a tensor of a type that a newer format may have added.
func (d *decoder) unknownType(s *stored, typ tensor.Type) (*stored, error) {
	if typ != tensor.Undefined && d.model.IRVersion > MaxIRVersion && s.pb.GetDataLocation() == onnxpb.TensorProto_DEFAULT {
		return s, nil
	}
	return nil, fmt.Errorf("unknown data type %d", int32(typ))
}

func decodeStrings(s *stored) error {
	elems := make([]string, len(s.pb.StringData))
	for i, b := range s.pb.StringData {
		elems[i] = string(b)
	}
	var err error
	s.data, err = tensor.NewStrings(s.pb.Dims, elems)
	return err
}

// elements returns the bytes of the elements and notes in s where they were.
func (d *decoder) elements(s *stored, typ tensor.Type, count int) ([]byte, error) {
	pb := s.pb
	switch {
	case pb.GetDataLocation() == onnxpb.TensorProto_EXTERNAL:
		if pb.RawData != nil {
			return nil, errors.New("the tensor has both raw_data and external data")
		}
		s.field = rawData
		return d.files.slice(pb.ExternalData, typ.ByteSize(count))
	case pb.RawData != nil:
		raw := pb.RawData
		s.field, pb.RawData = rawData, nil
		return raw, nil
	}
	return typedElements(s, typ, count)
}

// typedElements converts the typed field that holds the elements of a type.
func typedElements(s *stored, typ tensor.Type, count int) ([]byte, error) {
	pb := s.pb
	have, want, field := 0, count, ""
	switch typ {
	case tensor.Float32:
		have, field = len(pb.FloatData), "float_data"
	case tensor.Complex64:
		have, want, field = len(pb.FloatData), 2*count, "float_data"
	case tensor.Float64:
		have, field = len(pb.DoubleData), "double_data"
	case tensor.Complex128:
		have, want, field = len(pb.DoubleData), 2*count, "double_data"
	case tensor.Int64:
		have, field = len(pb.Int64Data), "int64_data"
	case tensor.Uint32, tensor.Uint64:
		have, field = len(pb.Uint64Data), "uint64_data"
	default:
		have, field = len(pb.Int32Data), "int32_data"
		if typ.Bits() < 8 {
			want = typ.ByteSize(count)
		}
	}
	if have != want {
		return nil, fmt.Errorf("%s[%s] needs %d elements in %s, and has %d", typ, tensor.FormatShape(pb.Dims), want, field, have)
	}
	return convert(s, typ), nil
}

func convert(s *stored, typ tensor.Type) []byte {
	pb, le := s.pb, binary.LittleEndian
	var raw []byte
	switch typ {
	case tensor.Float32, tensor.Complex64:
		raw = make([]byte, 0, 4*len(pb.FloatData))
		for _, v := range pb.FloatData {
			raw = le.AppendUint32(raw, math.Float32bits(v))
		}
		if len(raw) > 0 {
			s.field, pb.FloatData = floatData, nil
		}
	case tensor.Float64, tensor.Complex128:
		raw = make([]byte, 0, 8*len(pb.DoubleData))
		for _, v := range pb.DoubleData {
			raw = le.AppendUint64(raw, math.Float64bits(v))
		}
		if len(raw) > 0 {
			s.field, pb.DoubleData = doubleData, nil
		}
	case tensor.Int64:
		raw = make([]byte, 0, 8*len(pb.Int64Data))
		for _, v := range pb.Int64Data {
			raw = le.AppendUint64(raw, uint64(v))
		}
	case tensor.Uint64:
		raw = make([]byte, 0, 8*len(pb.Uint64Data))
		for _, v := range pb.Uint64Data {
			raw = le.AppendUint64(raw, v)
		}
	case tensor.Uint32:
		raw = make([]byte, 0, 4*len(pb.Uint64Data))
		for _, v := range pb.Uint64Data {
			raw = le.AppendUint32(raw, uint32(v))
		}
	default:
		raw = narrowInts(pb.Int32Data, typ)
	}
	return raw
}

// narrowInts keeps of each number the bytes that an element of the type has: integers as they are,
// small floats as their bits, elements of less than a byte as the byte they share.
func narrowInts(values []int32, typ tensor.Type) []byte {
	le, size := binary.LittleEndian, max(typ.Bits()/8, 1)
	raw := make([]byte, 0, size*len(values))
	for _, v := range values {
		switch size {
		case 1:
			raw = append(raw, byte(v))
		case 2:
			raw = le.AppendUint16(raw, uint16(v))
		default:
			raw = le.AppendUint32(raw, uint32(v))
		}
	}
	return raw
}
