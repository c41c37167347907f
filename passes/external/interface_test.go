package external

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestSameSpecs(t *testing.T) {
	spec := func(name string, typ tensor.Type, sizes ...int64) tensor.Spec {
		s := tensor.Spec{Name: name, Type: typ, Ranked: true}
		for _, size := range sizes {
			s.Shape = append(s.Shape, tensor.Dim{Size: size})
		}
		return s
	}
	was := spec("a", tensor.Float32, -1, 3)
	unranked := tensor.Spec{Name: "a", Type: tensor.Float32}
	for name, c := range map[string]struct {
		was, is tensor.Spec
		finer   bool
		want    string
	}{
		"the same":                     {was, was, false, ""},
		"another name":                 {was, spec("b", tensor.Float32, -1, 3), false, `the inputs were ["a"], and are ["b"]`},
		"another type":                 {was, spec("a", tensor.Float16, -1, 3), true, `input "a" was`},
		"another size":                 {was, spec("a", tensor.Float32, -1, 4), true, `input "a" was`},
		"one axis less":                {was, spec("a", tensor.Float32, -1), true, `input "a" was`},
		"a size for an input":          {was, spec("a", tensor.Float32, 1, 3), false, `input "a" was`},
		"a size for an output":         {was, spec("a", tensor.Float32, 1, 3), true, ""},
		"an open one for a size":       {spec("a", tensor.Float32, 1, 3), was, true, `input "a" was`},
		"no shape any more":            {was, unranked, true, `input "a" was`},
		"a shape where there was none": {unranked, was, true, ""},
		"the same for an input":        {unranked, was, false, `input "a" was`},
	} {
		err := sameSpecs("input", []tensor.Spec{c.was}, []tensor.Spec{c.is}, c.finer)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
