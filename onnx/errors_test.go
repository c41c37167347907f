package onnx_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// small is y = x + w, with w of two floats.
func small() *onnxpb.ModelProto {
	return &onnxpb.ModelProto{
		IrVersion:   proto.Int64(8),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(17)}},
		Graph: &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{floats("x")},
			Output:      []*onnxpb.ValueInfoProto{floats("y")},
			Initializer: []*onnxpb.TensorProto{{Name: proto.String("w"), DataType: proto.Int32(1), Dims: []int64{2}, RawData: make([]byte, 8)}},
			Node:        []*onnxpb.NodeProto{op("Add", "x,w", "y")},
		},
	}
}

func floats(name string) *onnxpb.ValueInfoProto {
	return &onnxpb.ValueInfoProto{Name: &name, Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{
		TensorType: &onnxpb.TypeProto_Tensor{
			ElemType: proto.Int32(1),
			Shape: &onnxpb.TensorShapeProto{Dim: []*onnxpb.TensorShapeProto_Dimension{
				{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: 2}},
			}},
		},
	}}}
}

func op(typ, in, out string, attrs ...*onnxpb.AttributeProto) *onnxpb.NodeProto {
	return &onnxpb.NodeProto{
		Name: proto.String("the " + typ), OpType: &typ, Input: strings.Split(in, ","), Output: strings.Split(out, ","), Attribute: attrs,
	}
}

func encoded(tb testing.TB, m *onnxpb.ModelProto) []byte {
	tb.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

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
		"text":            {[]byte("<!DOCTYPE html><html>not found</html>"), "byte 0: field graph of ModelProto has the wrong wire type"},
		"zip":             {[]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), "byte 2: no field of ModelProto begins here"},
		"pickle":          {[]byte("\x80\x02}q\x00X\x05\x00\x00\x00"), "not an ONNX model"},
		"no graph":        {encoded(t, &onnxpb.ModelProto{IrVersion: proto.Int64(8)}), "it has no graph"},
		"truncated":       {whole[:len(whole)-20], "the file is truncated: it ends in the middle of a field of ModelProto"},
		"nested graphs":   {field(7, nested), "messages are nested more than 100 deep"},
		"empty nodes":     {field(7, []byte{0x0a, 0, 0x0a, 0}), "byte 4: field node is empty"},
		"wrong wire type": {[]byte{0x0a, 1, 'x'}, "byte 0: field ir_version of ModelProto has the wrong wire type"},
		"half a float":    {field(7, field(5, []byte{0x22, 3, 0, 0, 0})), "the numbers of field float_data do not end with it"},
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

func refused(t *testing.T, data []byte, open onnx.Opener, want string) {
	t.Helper()
	m, err := onnx.Decode(data, open)
	if err == nil {
		t.Fatalf("decoded %v, want an error with %q", m.Graph.Name, want)
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, want one line with %q", err, want)
	}
}

func TestModelsThatContradictThemselvesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*onnxpb.ModelProto, *onnxpb.TensorProto, *onnxpb.NodeProto)
		want   string
	}{
		"raw data is short": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) { w.RawData = make([]byte, 7) },
			`initializer "w": float[2] needs 8 bytes, there are 7`,
		},
		"typed data is short": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
				w.RawData, w.FloatData = nil, []float32{1}
			},
			`initializer "w": float[2] needs 2 elements in float_data, there are 1`,
		},
		"typed data is of another type": {func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
			w.RawData, w.Int64Data = nil, []int64{1, 2}
		}, `initializer "w": float[2] needs 2 elements in float_data, there are 0`},
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
			`initializer "w": float[1099511627776] needs 1099511627776 elements in float_data, there are 0`,
		},
		"unknown data type": {
			func(_ *onnxpb.ModelProto, w *onnxpb.TensorProto, _ *onnxpb.NodeProto) { w.DataType = proto.Int32(99) },
			`initializer "w": unknown data type 99`,
		},
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
			`node the Add: input "z": nothing produces it`,
		},
		"dangling output": {
			func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, _ *onnxpb.NodeProto) {
				m.Graph.Output[0] = floats("z")
			},
			`output "z": nothing produces it`,
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
		"attribute of two kinds": {func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("axis"), I: proto.Int64(1), F: proto.Float32(1)}}
		}, `node the Add: attribute "axis": it holds a FLOAT and a INT`},
		"attribute of another kind": {func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("axis"), I: proto.Int64(1), Type: onnxpb.AttributeProto_INTS.Enum()}}
		}, `node the Add: attribute "axis": it is declared as INTS and holds a INT`},
		"attribute without its tensor": {func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("value"), Type: onnxpb.AttributeProto_TENSOR.Enum()}}
		}, `attribute "value": it is declared as TENSOR and holds none`},
		"attribute twice": {func(_ *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			a := &onnxpb.AttributeProto{Name: proto.String("axis"), I: proto.Int64(1)}
			n.Attribute = []*onnxpb.AttributeProto{a, a}
		}, `node the Add: attribute "axis" stands twice`},
		"dangling value in a sub-graph": {func(m *onnxpb.ModelProto, _ *onnxpb.TensorProto, n *onnxpb.NodeProto) {
			n.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("body"), G: &onnxpb.GraphProto{
				Name: proto.String("sub"), Node: []*onnxpb.NodeProto{op("Relu", "z", "r")},
			}}}
		}, `node the Add: attribute "body": sub-graph "sub": node the Relu: input "z": nothing produces it`},
	} {
		t.Run(name, func(t *testing.T) {
			m := small()
			c.change(m, m.Graph.Initializer[0], m.Graph.Node[0])
			refused(t, encoded(t, m), nil, c.want)
		})
	}
}

func externalEntries(pairs ...string) []*onnxpb.StringStringEntryProto {
	var list []*onnxpb.StringStringEntryProto
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, &onnxpb.StringStringEntryProto{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return list
}

func withExternal(pairs ...string) *onnxpb.ModelProto {
	m := small()
	w := m.Graph.Initializer[0]
	w.RawData, w.DataLocation, w.ExternalData = nil, onnxpb.TensorProto_EXTERNAL.Enum(), externalEntries(pairs...)
	return m
}

func TestBadExternalDataIsRefused(t *testing.T) {
	open := func(location string) ([]byte, error) {
		if location != "d" {
			return nil, errors.New("the file is absent")
		}
		return make([]byte, 20), nil
	}
	for _, c := range []struct {
		name  string
		pairs []string
		want  string
	}{
		{"absent", []string{"location", "e"}, `initializer "w": external data "e": the file is absent`},
		{"no location", nil, `initializer "w": its external data has no location`},
		{"negative offset", []string{"location", "d", "offset", "-8"}, `its external data has the offset "-8", which is no number of bytes`},
		{"huge offset", []string{"location", "d", "offset", "9223372036854775807"}, `the file has 20 bytes, the tensor is at 9223372036854775807 with 8 bytes`},
		{"overflowing length", []string{"location", "d", "length", "9223372036854775808"}, `its external data has the length "9223372036854775808"`},
		{"short file", []string{"location", "d", "offset", "16"}, `the file has 20 bytes, the tensor is at 16 with 8 bytes`},
		{"other length", []string{"location", "d", "length", "4"}, `length is 4, the tensor needs 8 bytes`},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, encoded(t, withExternal(c.pairs...)), open, c.want) })
	}
	t.Run("nothing to open with", func(t *testing.T) {
		refused(t, encoded(t, withExternal("location", "d")), nil, "files beside the model cannot be read here")
	})
}

func TestExternalDataIsReadAtItsOffset(t *testing.T) {
	file := []byte("0123\x00\x00\x80\x3f\x00\x00\x00\x40")
	opened := 0
	open := func(string) ([]byte, error) { opened++; return file, nil }
	m, err := onnx.Decode(encoded(t, withExternal("location", "d", "offset", "4")), open)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Graph.Lookup("w").Data().Float64s(); got[0] != 1 || got[1] != 2 {
		t.Errorf("read %v", got)
	}
	var out bytes.Buffer
	if _, err := onnx.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	want := small()
	want.Graph.Initializer[0].RawData = file[4:]
	sameMessage(t, encoded(t, want), out.Bytes())
	if opened != 1 || !onnx.External(m) {
		t.Errorf("opened %d times, external %v", opened, onnx.External(m))
	}
}

func TestExternalDataOfWhatIsKeptAsItIsComesInside(t *testing.T) {
	m := small()
	constant := func(name string) *onnxpb.NodeProto {
		w := withExternal("location", "d", "offset", "4").Graph.Initializer[0]
		return op("Constant", "", name, &onnxpb.AttributeProto{Name: proto.String("value"), T: w})
	}
	m.Functions = []*onnxpb.FunctionProto{{Name: proto.String("F"), Node: []*onnxpb.NodeProto{constant("f")}}}
	m.TrainingInfo = []*onnxpb.TrainingInfoProto{{Algorithm: &onnxpb.GraphProto{Node: []*onnxpb.NodeProto{constant("t")}}}}
	s := sparse("s")
	s.Values = withExternal("location", "d", "offset", "4").Graph.Initializer[0]
	s.Values.Name = proto.String("s")
	m.Graph.SparseInitializer = []*onnxpb.SparseTensorProto{s}
	file := []byte("0123abcdefgh")
	got, err := onnx.Decode(encoded(t, m), func(string) ([]byte, error) { return file, nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []*onnxpb.TensorProto{m.Functions[0].Node[0].Attribute[0].T, m.TrainingInfo[0].Algorithm.Node[0].Attribute[0].T, s.Values} {
		w.DataLocation, w.ExternalData, w.RawData = nil, nil, file[4:]
	}
	sameMessage(t, encoded(t, m), encoded(t, changed(t, got)))
	m.Functions[0].Node[0].Attribute[0].T = withExternal("location", "d", "offset", "5").Graph.Initializer[0]
	_, err = onnx.Decode(encoded(t, m), func(string) ([]byte, error) { return file, nil })
	if err == nil || !strings.HasPrefix(err.Error(), `function "F": tensor "w": external data "d": the file has 12 bytes`) {
		t.Errorf("got %v", err)
	}
}

func TestNewerVersionsAndLooseOrderAreNoted(t *testing.T) {
	m := small()
	m.IrVersion, m.OpsetImport[0].Version = proto.Int64(99), proto.Int64(99)
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
