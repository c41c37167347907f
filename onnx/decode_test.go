package onnx_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

func TestModelsThatContradictThemselvesAreRefused(t *testing.T) {
	refusedWith(t, map[string]contradiction{
		"no name": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) { w.Name = nil },
			`initializer 0 has no name`,
		},
		"initializer twice": {func(m *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
			m.Graph.Initializer = append(m.Graph.Initializer, w)
		}, `value "w" is defined twice`},
		"input twice": {func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
			m.Graph.Input = append(m.Graph.Input, floats("x"))
		}, `input 1: value "x" is defined twice`},
		"second producer": {func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
			m.Graph.Node = append(m.Graph.Node, op("Relu", "x", "y"))
		}, `node the Relu: value "y" has a second producer, node the Add`},
		"node produces an input": {
			func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) { n.Output[0] = "x" },
			`node the Add: value "x" is defined twice`,
		},
		"dangling input": {
			func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) { n.Input[0] = "z" },
			`node the Add: input "z": no node produces this value`,
		},
		"dangling output": {
			func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
				m.Graph.Output[0] = floats("z")
			},
			`output "z": no node produces this value`,
		},
		"cycle": {func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Input[0] = "z"
			m.Graph.Node = append(m.Graph.Node, op("Relu", "y", "z"))
		}, `nodes form a cycle`},
		"no operator": {
			func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) { n.OpType = nil },
			`node 0 ("the Add") has no operator type`,
		},
		"no operator set": {
			func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, _ *onnxpb.NodeProto) { m.OpsetImport = nil },
			`the model imports no operator set`,
		},
		"ONNX's operator set not imported": {
			func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
				m.OpsetImport = []*onnxpb.OperatorSetIdProto{{Domain: proto.String("mine"), Version: proto.Int64(1)}}
			},
			`node the Add: Add is of ONNX's own operators, of which no version is imported`,
		},
		"dangling value in a sub-graph": {func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("body"), G: &onnxpb.GraphProto{
				Name: proto.String("sub"), Node: []*onnxpb.NodeProto{op("Relu", "z", "r")},
			}}}
		}, `node the Add: attribute "body": sub-graph "sub": node the Relu: input "z": no node produces this value`},
	})
}

func TestNewerVersionsAndLooseOrderAreNoted(t *testing.T) {
	m := small()
	m.IrVersion, m.OpsetImport[0].Version = proto.Int64(onnx.MaxIRVersion+1), proto.Int64(onnx.MaxOpset+1)
	m.Graph.Node = []*onnxpb.NodeProto{op("Relu", "s", "y"), op("Add", "x,w", "s")}
	m.Graph.Initializer = append(m.Graph.Initializer, &onnxpb.TensorProto{Name: proto.String("future"), DataType: proto.Int32(77), RawData: []byte{1}})
	got, err := onnx.Decode(encoded(t, m), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Notes) != 3 {
		t.Errorf("notes %q", got.Notes)
	}
	m.Graph.Node[0], m.Graph.Node[1] = m.Graph.Node[1], m.Graph.Node[0]
	sameMessage(t, encoded(t, m), roundTrip(t, encoded(t, m)))
}
