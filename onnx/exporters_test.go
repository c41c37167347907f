package onnx_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
)

// TestWhatSurvivesARewriteKeepsWhatTheExporterSaidOfIt compares the messages of files of exporters
// before and after the default pipeline.
func TestWhatSurvivesARewriteKeepsWhatTheExporterSaidOfIt(t *testing.T) {
	files, err := filepath.Glob("../passes/testdata/exporters/*.onnx")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	metadata, declared := 0, 0
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path + ".data"); err == nil {
				t.Skip("its data would come inside")
			}
			sameMessage(t, data, roundTrip(t, data))
			before, after := unmarshal(t, data), fused(t, data)
			metadata += sameNodes(t, before, after)
			declared += noStrayDeclarations(t, before.Graph, after.Graph)
			for _, m := range []*onnxpb.ModelProto{before, after} {
				m.Graph.Node, m.Graph.Initializer, m.Graph.ValueInfo, m.Functions = nil, nil, nil, nil
				if m.GetIrVersion() < 4 {
					m.Graph.Input = m.Graph.Input[:1] // the others are the initializers
				}
			}
			if !proto.Equal(before, after) {
				t.Errorf("the rest of the model was\n%v\nand is\n%v", before, after)
			}
		})
	}
	if metadata < 20 || declared < 20 {
		t.Errorf("metadata of %d nodes and declarations of %d initializers were seen, the files should have more", metadata, declared)
	}
}

// fused is the message of a model after the default pipeline.
func fused(tb testing.TB, data []byte) *onnxpb.ModelProto {
	tb.Helper()
	m, err := onnx.Decode(data, nil)
	if err != nil {
		tb.Fatal(err)
	}
	var steps []pipeline.Step
	for _, e := range passes.Catalog().Default() {
		steps = append(steps, pipeline.Step{Name: e.Name, Pass: e.New()})
	}
	if _, err := pipeline.Run(context.Background(), m.Graph, steps, pipeline.Options{}); err != nil {
		tb.Fatal(err)
	}
	return changed(tb, m)
}

// sameNodes compares documentation and metadata of the nodes that are still there, and returns how
// many have some.
func sameNodes(t *testing.T, before, after *onnxpb.ModelProto) int {
	t.Helper()
	named := map[string]*onnxpb.NodeProto{}
	for _, n := range before.Graph.Node {
		named[n.GetName()] = n
	}
	seen := 0
	for _, n := range after.Graph.Node {
		was := named[n.GetName()]
		if was == nil && len(before.Functions) > 0 {
			continue
		}
		if was == nil {
			t.Errorf("node %q is new", n.GetName())
			continue
		}
		got, want := (&onnxpb.NodeProto{DocString: n.DocString, MetadataProps: n.MetadataProps}), (&onnxpb.NodeProto{DocString: was.DocString, MetadataProps: was.MetadataProps})
		if n.GetOpType() != was.GetOpType() || !proto.Equal(got, want) {
			t.Errorf("node %q was %v and is %v", n.GetName(), was, n)
		}
		if len(n.MetadataProps) > 0 {
			seen++
		}
	}
	return seen
}

// noStrayDeclarations looks for value infos of values that are gone or have another type, and returns
// how many initializers of the file were declared.
func noStrayDeclarations(t *testing.T, before, after *onnxpb.GraphProto) int {
	t.Helper()
	values := map[string]*onnxpb.TensorProto{}
	for _, n := range after.Node {
		for _, name := range n.Output {
			values[name] = nil
		}
	}
	for _, w := range after.Initializer {
		values[w.GetName()] = w
	}
	for _, info := range after.ValueInfo {
		w, known := values[info.GetName()]
		if !known {
			t.Errorf("%q is declared and is gone", info.GetName())
		}
		if typ := info.Type.GetTensorType(); w != nil && (typ.GetElemType() != w.GetDataType() || len(typ.GetShape().GetDim()) != len(w.Dims)) {
			t.Errorf("%q is declared as %v", info.GetName(), typ)
		} else if w != nil {
			for i, d := range typ.GetShape().GetDim() {
				if d.GetDimValue() != w.Dims[i] {
					t.Errorf("%q is declared as %v and has shape %v", info.GetName(), typ, w.Dims)
				}
			}
		}
	}
	initial, seen := map[string]bool{}, 0
	for _, w := range before.Initializer {
		initial[w.GetName()] = true
	}
	for _, info := range before.ValueInfo {
		if initial[info.GetName()] {
			seen++
		}
	}
	return seen
}
