package shapes_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestPublishedModels compares every value of the models that the ONNX project publishes, as far as they
// run on the reference: with the sizes that they declare, with one symbol for all axes of a size, and
// with a symbol of its own for each axis.
func TestPublishedModels(t *testing.T) {
	archive, err := zip.OpenReader("../../.tools/corpus/onnx-1.22.0.whl")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the models of the ONNX project are not here; make corpus fetches them")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	total, ranked := 0, 0
	for _, f := range archive.File {
		if ok, _ := path.Match("onnx/backend/test/data/*/*/model.onnx", f.Name); !ok {
			continue
		}
		folder := path.Dir(f.Name)
		for _, symbol := range []func(v *graph.Value, axis int, size int64) string{
			nil,
			func(_ *graph.Value, _ int, size int64) string { return fmt.Sprint("s", size) },
			func(v *graph.Value, axis int, _ int64) string { return fmt.Sprint(v.Name(), axis) },
		} {
			t.Run(path.Base(folder), func(t *testing.T) {
				m, err := onnx.Decode(content(t, &archive.Reader, f.Name), nil)
				if err != nil {
					t.Skip(err)
				}
				in := published(t, &archive.Reader, folder, m)
				for _, v := range m.Graph.Inputs() {
					x := in[v.Name()]
					if symbol == nil || x == nil || v.Constant() != nil {
						continue
					}
					typ := v.Type()
					typ.Shape = nil
					for axis, size := range x.Shape() {
						typ.Shape = append(typ.Shape, tensor.Dim{Size: -1, Param: symbol(v, axis, size)})
					}
					v.SetType(typ)
				}
				a, b, _ := compare(t, m, in)
				total, ranked = total+a, ranked+b
			})
		}
	}
	t.Logf("%d values were compared, of %d the rank was inferred", total, ranked)
	if total < 20_000 || ranked < total*3/4 {
		t.Error("that is too few")
	}
}

// TestPublishedTypes infers the types of the results of the node tests that the ONNX project publishes from those of
// their inputs. They are what the files declare.
func TestPublishedTypes(t *testing.T) {
	archive, err := zip.OpenReader("../../.tools/corpus/onnx-1.22.0.whl")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the models of the ONNX project are not here; make corpus fetches them")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	certain, open := 0, map[string]int{}
	for _, f := range archive.File {
		if ok, _ := path.Match("onnx/backend/test/data/*/*/model.onnx", f.Name); !ok {
			continue
		}
		m, err := onnx.Decode(content(t, &archive.Reader, f.Name), nil)
		if err != nil {
			continue
		}
		known := shapes.Of(m.Graph)
		for _, v := range m.Graph.Outputs() {
			want := op.Type{Elem: v.Type().Elem}
			if v.Type().Other != nil {
				want = op.Declared(v.Type().Other)
			}
			switch got := known.Holds(v); {
			case got == want:
				certain++
			case got.Elem == tensor.Undefined && v.Producer() != nil && v.Producer().Domain != "":
				open[v.Producer().Domain+" "+v.Producer().OpType]++ // no operator of ONNX's own domain
			default:
				t.Errorf("%s: %s is %v, want %v", path.Base(path.Dir(f.Name)), v.Name(), got, want)
			}
		}
	}
	t.Logf("%d are certain, of others these: %v", certain, open)
	if certain < 2200 {
		t.Error("that is too few")
	}
}

func content(t *testing.T, archive *zip.Reader, name string) []byte {
	t.Helper()
	f, err := archive.Open(name)
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// published reads the inputs that are published with a model, or makes zeros where there are none.
func published(t *testing.T, archive *zip.Reader, folder string, m *graph.Model) tensor.Map {
	t.Helper()
	in, i := tensor.Map{}, 0
	for _, v := range m.Graph.Inputs() {
		if v.IsInitializer() {
			continue
		}
		name := path.Join(folder, "test_data_set_0", fmt.Sprintf("input_%d.pb", i))
		if _, err := fs.Stat(archive, name); err != nil {
			return inputs(m, nil)
		}
		i++
		x := parse(content(t, archive, name))
		if x == nil {
			t.Skip("an input is not a plain tensor")
		}
		in[v.Name()] = x
	}
	return in
}

// parse reads the dims, data_type and raw_data of a TensorProto; nil for one that is stored otherwise.
func parse(b []byte) *tensor.Tensor {
	var shape []int64
	var typ tensor.Type
	var raw []byte
	for len(b) > 0 {
		num, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil
		}
		size := protowire.ConsumeFieldValue(num, wire, b[n:])
		if size < 0 {
			return nil
		}
		value := b[n : n+size]
		b = b[n+size:]
		switch {
		case num == 1 && wire == protowire.VarintType:
			v, _ := protowire.ConsumeVarint(value)
			shape = append(shape, int64(v))
		case num == 1:
			list, _ := protowire.ConsumeBytes(value)
			for len(list) > 0 {
				v, n := protowire.ConsumeVarint(list)
				shape, list = append(shape, int64(v)), list[n:]
			}
		case num == 2:
			v, _ := protowire.ConsumeVarint(value)
			typ = tensor.Type(v)
		case num == 9:
			raw, _ = protowire.ConsumeBytes(value)
		}
	}
	x, err := tensor.New(typ, shape, raw)
	if err != nil {
		return nil
	}
	return x
}
