package onnx_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

func BenchmarkDecode(b *testing.B) {
	for _, path := range trainedModels(b) {
		if filepath.Base(path) != "acnet.onnx" {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(filepath.Base(filepath.Dir(path)), func(b *testing.B) { benchmarkDecode(b, data) })
	}
	b.Run("10000 nodes", func(b *testing.B) { benchmarkDecode(b, chain(b, 10000)) })
}

func benchmarkDecode(b *testing.B, data []byte) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := onnx.Decode(data, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// chain is a model of n nodes one after another.
func chain(tb testing.TB, n int) []byte {
	tb.Helper()
	pb := small()
	pb.Graph.Node = nil
	last := "x"
	for i := range n {
		next := fmt.Sprint("v", i)
		pb.Graph.Node = append(pb.Graph.Node, op("Add", last+",w", next, &onnxpb.AttributeProto{
			Name: proto.String("axis"), I: proto.Int64(1), Type: onnxpb.AttributeProto_INT.Enum(),
		}))
		last = next
	}
	pb.Graph.Output[0].Name = &last
	return encoded(tb, pb)
}

func BenchmarkEncode(b *testing.B) {
	data := chain(b, 10000)
	m, err := onnx.Decode(data, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := onnx.Encode(io.Discard, m); err != nil {
			b.Fatal(err)
		}
	}
}
