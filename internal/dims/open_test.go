package dims

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// Whatever is open can be settled with the sizes to start from.
func TestOpen(t *testing.T) {
	sized := func(n int64) tensor.Dim { return tensor.Dim{Size: n} }
	named := func(name string) tensor.Dim { return tensor.Dim{Size: -1, Param: name} }
	spec := func(name string, typ tensor.Type, shape ...tensor.Dim) tensor.Spec {
		return tensor.Spec{Name: name, Type: typ, Shape: shape, Ranked: true}
	}
	out := []tensor.Spec{spec("y", tensor.Float32, named("N"), sized(10))}
	for name, test := range map[string]struct {
		inputs []tensor.Spec
		want   []Open
	}{
		"fixed":    {[]tensor.Spec{spec("x", tensor.Float32, sized(1), sized(3), sized(32), sized(32))}, nil},
		"batch":    {[]tensor.Spec{spec("x", tensor.Float32, named("N"), sized(3), sized(32), sized(32))}, nil},
		"image":    {[]tensor.Spec{spec("x", tensor.Float32, named("N"), sized(3), named("H"), named("W"))}, []Open{{"H", 224}, {"W", 224}}},
		"unnamed":  {[]tensor.Spec{spec("x", tensor.Float32, named("N"), named(""), named(""), named(""))}, []Open{{"x.1", 3}, {"x.2", 224}, {"x.3", 224}}},
		"square":   {[]tensor.Spec{spec("x", tensor.Uint8, named("N"), named("S"), named("S"), sized(3))}, []Open{{"x.1", 224}, {"x.2", 224}}},
		"sequence": {[]tensor.Spec{spec("ids", tensor.Int64, named("N"), named("length")), spec("mask", tensor.Int64, named("N"), named("length"))}, []Open{{"length", 128}}},
		"width":    {[]tensor.Spec{spec("x", tensor.Float32, named("N"), sized(1), named("width"))}, []Open{{"width", 224}}},
	} {
		account := Read("m", test.inputs, out)
		got := account.Open()
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
		ask := Ask{Sizes: map[string]int64{}}
		for _, o := range got {
			ask.Sizes[o.Name] = o.Usual
		}
		if _, err := account.Settle(ask); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
