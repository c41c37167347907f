package equalize

import (
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestSurvives(t *testing.T) {
	for name, c := range map[string]struct {
		v, factor float64
		typ       tensor.Type
		want      bool
	}{
		"zero":                                {0, 0x1p-100, tensor.Float32, true},
		"normal":                              {1, 0x1p-126, tensor.Float32, true},
		"subnormal":                           {1, 0x1p-127, tensor.Float32, false},
		"negative and subnormal":              {-1, 0x1p-127, tensor.Float32, false},
		"infinite":                            {2, 0x1p127, tensor.Float32, false},
		"unchanged though subnormal":          {0x1p-130, 1, tensor.Float32, true},
		"subnormal is written as zero":        {0x1p-130, 2, tensor.Float32, false},
		"subnormal becomes normal":            {0x1p-130, 0x1p10, tensor.Float32, true},
		"bfloat16 is like float":              {1, 0x1p-127, tensor.BFloat16, false},
		"float16 of all digits":               {1, 0x1p-14, tensor.Float16, true},
		"float16 loses digits":                {1, 0x1p-15, tensor.Float16, false},
		"float16 keeps its subnormal numbers": {0x1p-16, 2, tensor.Float16, true},
		"float16 infinite":                    {1, 0x1p16, tensor.Float16, false},
		"double":                              {1, 0x1p-1022, tensor.Float64, true},
	} {
		if got := survives(c.v, c.factor, c.typ); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}
