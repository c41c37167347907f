package onnx_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

func TestTensorsThatContradictThemselvesAreRefused(t *testing.T) {
	refusedWith(t, map[string]contradiction{
		"raw data is short": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) { w.RawData = make([]byte, 7) },
			`initializer "w": float[2] needs 8 bytes, and has 7`,
		},
		"typed data is short": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
				w.RawData, w.FloatData = nil, []float32{1}
			},
			`initializer "w": float[2] needs 2 elements in float_data, and has 1`,
		},
		"typed data is of another type": {func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
			w.RawData, w.Int64Data = nil, []int64{1, 2}
		}, `initializer "w": float[2] needs 2 elements in float_data, and has 0`},
		"negative dimension": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) { w.Dims[0] = -2 },
			`initializer "w": dimension -2 is negative`,
		},
		"overflowing shape": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
				w.Dims = []int64{1 << 40, 1 << 40}
			},
			`initializer "w": shape 1099511627776,1099511627776 overflows`,
		},
		"shape without data": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
				w.Dims, w.RawData = []int64{1 << 40}, nil
			},
			`initializer "w": float[1099511627776] needs 1099511627776 elements in float_data, and has 0`,
		},
		"unknown data type": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) { w.DataType = proto.Int32(99) },
			`initializer "w": unknown data type 99`,
		},
	})
}
