package onnx_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// trainedModels are the trained networks that are next to the repository.
func trainedModels(tb testing.TB) []string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		found, _ := filepath.Glob(filepath.Join(dir, "shared", "models", "*", "*.onnx"))
		if len(found) > 0 {
			return found
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Skip("no shared/models above the repository")
		}
		dir = parent
	}
}

func TestTrainedModelsComeOutAsTheyWentIn(t *testing.T) {
	for _, path := range trainedModels(t) {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sameMessage(t, data, roundTrip(t, data))
		})
	}
}

func roundTrip(tb testing.TB, data []byte) []byte {
	tb.Helper()
	m, err := onnx.Decode(data, nil)
	if err != nil {
		tb.Fatal(err)
	}
	layout, err := onnx.NewLayout(m, onnx.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	if err := layout.WriteModel(&out); err != nil {
		tb.Fatal(err)
	}
	if int64(out.Len()) != layout.Size() {
		tb.Fatalf("laid out %d bytes, wrote %d", layout.Size(), out.Len())
	}
	return out.Bytes()
}

func sameMessage(tb testing.TB, a, b []byte) {
	tb.Helper()
	before, after := unmarshal(tb, a), unmarshal(tb, b)
	if !proto.Equal(before, after) {
		tb.Errorf("the message is not what it was (-before +after):\n%s", cmp.Diff(before, after, protocmp.Transform()))
	}
}

func unmarshal(tb testing.TB, data []byte) *onnxpb.ModelProto {
	tb.Helper()
	pb := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(data, pb); err != nil {
		tb.Fatal(err)
	}
	return pb
}
