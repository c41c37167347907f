package onnx_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

func TestBytesThatAreNoModelAreRefused(t *testing.T) {
	whole := encoded(t, small())
	nested := []byte{0x12, 1, 'g'}
	for range 200 {
		attr := field(6, nested)
		nested = field(1, field(5, attr))
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":           {nil, "the file is empty"},
		"text":            {[]byte("<?xml version=\"1.0\"?>"), "byte 0: field graph of ModelProto has the wrong wire type"},
		"field 0":         {[]byte("PK\x03\x14\x00"), "byte 2: this is not a field of ModelProto"},
		"pickle":          {[]byte("\x80\x02}q\x00X\x05\x00\x00\x00"), "not an ONNX model"},
		"no graph":        {encoded(t, &onnxpb.ModelProto{IrVersion: proto.Int64(8)}), "it has no graph"},
		"truncated":       {whole[:len(whole)-20], "the file is truncated in the middle of a field of ModelProto"},
		"nested graphs":   {field(7, nested), "messages are nested more than 100 deep"},
		"empty nodes":     {field(7, []byte{0x0a, 0, 0x0a, 0}), "byte 4: field node is empty"},
		"wrong wire type": {[]byte{0x0a, 1, 'x'}, "byte 0: field ir_version of ModelProto has the wrong wire type"},
		"half a float":    {field(7, field(5, []byte{0x22, 3, 0, 0, 0})), "the last number of field float_data is incomplete"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.data, nil, c.want) })
	}
}

// field is a length-delimited field.
func field(num byte, body []byte) []byte {
	head := []byte{num<<3 | 2}
	for n := len(body); ; n >>= 7 {
		if n < 0x80 {
			return append(append(head, byte(n)), body...)
		}
		head = append(head, byte(n)|0x80)
	}
}
