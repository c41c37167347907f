package worker

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// Tensors arrive as they were sent, to the bit, whatever their type.
func TestParcel(t *testing.T) {
	words, err := tensor.NewStrings([]int64{3}, []string{"", "a\nb", strings.Repeat("x", 300)})
	if err != nil {
		t.Fatal(err)
	}
	sent := tensor.Map{
		"floats": tensor.Of([]int64{2, 2}, float32(1), -2, 3.5, 0), "none": tensor.Of[float32]([]int64{0}), "words": words,
		"scalar": tensor.Of([]int64{}, int64(-7)),
	}
	heads, raw, err := pack(sent)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpack(bytes.NewReader(bytes.Join(raw, nil)), heads)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range sent {
		g := got[name]
		if g == nil || g.Type() != want.Type() || !slices.Equal(g.Shape(), want.Shape()) || !slices.Equal(g.Strings(), want.Strings()) {
			t.Fatalf("%s arrived as %v", name, g)
		}
		if want.Type() == tensor.String {
			continue
		}
		a, _ := want.Bytes()
		if b, err := g.Bytes(); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s has other bytes (%v)", name, err)
		}
	}
}

// What a head announces and does not come is an error, and takes no memory.
func TestParcelIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		head TensorHead
		raw  string
	}{
		"too few bytes":  {TensorHead{Type: tensor.Float32, Shape: []int64{1 << 30}, Bytes: 4 << 30}, "1234"},
		"another size":   {TensorHead{Type: tensor.Float32, Shape: []int64{2}, Bytes: 4}, "1234"},
		"less than none": {TensorHead{Type: tensor.Float32, Shape: []int64{0}, Bytes: -1}, ""},
		"no such type":   {TensorHead{Type: 99, Shape: []int64{1}, Bytes: 1}, "1"},
		"a long string":  {TensorHead{Type: tensor.String, Shape: []int64{1}, Bytes: 2}, "\x7fa"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := unpack(strings.NewReader(c.raw), []TensorHead{c.head}); err == nil {
				t.Errorf("it was taken: %v", got)
			}
		})
	}
}
