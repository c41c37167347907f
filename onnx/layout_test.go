package onnx_test

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestLargeTensorsGoToTheDataFile(t *testing.T) {
	pb := small()
	large := make([]byte, 1<<20)
	large[5] = 7
	tied := &onnxpb.TensorProto{Name: proto.String("a"), DataType: proto.Int32(1), Dims: []int64{1 << 18}, RawData: large}
	pb.Graph.Initializer = append(pb.Graph.Initializer, tied)
	data := encoded(t, pb)
	m, err := onnx.Decode(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	// b shares the bytes of a.
	m.Graph.NewInitializer("b", m.Graph.Lookup("a").Data())
	m.Graph.NewInitializer("c", tensor.Of[float32]([]int64{onnx.MinExternal / 4}, make([]float32, onnx.MinExternal/4)...))
	layout, err := onnx.NewLayout(m, onnx.Options{Locations: []string{"m.data"}})
	if err != nil {
		t.Fatal(err)
	}
	var model, side bytes.Buffer
	if err := errors.Join(layout.WriteModel(&model), layout.WriteData(&side, 0)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(layout.DataSizes(), []int64{int64(side.Len())}) || side.Len() != 1<<20+1024 {
		t.Errorf("the data file has %d bytes, laid out %d", side.Len(), layout.DataSizes())
	}
	got, err := onnx.Decode(model.Bytes(), func(location string) ([]byte, error) {
		if location != "m.data" {
			t.Errorf("location %q", location)
		}
		return side.Bytes(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c", "w"} {
		before, _ := m.Graph.Lookup(name).Data().Bytes()
		after, _ := got.Graph.Lookup(name).Data().Bytes()
		if !bytes.Equal(before, after) {
			t.Errorf("the elements of %s changed", name)
		}
	}
	if inline := unmarshal(t, model.Bytes()).Graph.Initializer[0]; len(inline.RawData) != 8 {
		t.Error("a tensor of eight bytes went out")
	}
}

func TestLargeTensorsStartWhereAMappingCan(t *testing.T) {
	m := decode(t, small())
	m.Graph.NewInitializer("a", tensor.Of[float32]([]int64{257}, make([]float32, 257)...))
	m.Graph.NewInitializer("b", tensor.Of[float32]([]int64{1 << 18}, make([]float32, 1<<18)...))
	layout, err := onnx.NewLayout(m, onnx.Options{Locations: []string{"m.data"}})
	if err != nil {
		t.Fatal(err)
	}
	var model bytes.Buffer
	if err := layout.WriteModel(&model); err != nil {
		t.Fatal(err)
	}
	b := unmarshal(t, model.Bytes()).Graph.Initializer[2]
	if offset := b.ExternalData[1]; offset.GetKey() != "offset" || offset.GetValue() != "65536" {
		t.Errorf("the second tensor is at %v", offset)
	}
}

// TestShards begins another data file where the next tensor would not fit, and names each by the place it has.
func TestShards(t *testing.T) {
	m := decode(t, small())
	for i, size := range []int64{300, 300, 600, 300} {
		m.Graph.NewInitializer(string(rune('a'+i)), tensor.Of[float32]([]int64{size}, make([]float32, size)...))
	}
	for shard, want := range map[int64][]int64{
		0:    {1216 + 1216 + 2432 + 1200}, // each begins at a multiple of 64
		2416: {1216 + 1200, 2400, 1200},
		2415: {1200, 1200, 2400, 1200}, // the gap counts
		1:    {1200, 1200, 2400, 1200}, // none is split
	} {
		layout, err := onnx.NewLayout(m, onnx.Options{Locations: []string{"0", "1", "2"}, Shard: shard})
		if err != nil {
			t.Fatal(err)
		}
		var model bytes.Buffer
		if err := layout.WriteModel(&model); err != nil {
			t.Fatal(err)
		}
		at := unmarshal(t, model.Bytes()).Graph.Initializer[4].ExternalData
		if got := layout.DataSizes(); !slices.Equal(got, want) || at[0].GetValue() != strconv.Itoa(min(len(want)-1, 2)) {
			t.Errorf("shards of %d: sizes %v, want %v; the last tensor is at %v", shard, got, want, at)
		}
	}
}
