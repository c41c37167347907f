package backends

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestSameInterface(t *testing.T) {
	spec := func(name string, typ tensor.Type, dims ...tensor.Dim) tensor.Spec {
		return tensor.Spec{Name: name, Type: typ, Shape: dims, Ranked: true}
	}
	open := tensor.Dim{Size: -1, Param: "N"}
	base := Model{
		Name:    "a",
		Inputs:  []tensor.Spec{spec("x", tensor.Float32, open, tensor.Fixed(3)), spec("m", tensor.Bool)},
		Outputs: []tensor.Spec{spec("y", tensor.Float32, open)},
	}
	tests := []struct {
		name  string
		other Model
		want  string
	}{
		{"another_order_and_an_open_dimension", Model{
			Inputs:  []tensor.Spec{spec("m", tensor.Bool), spec("x", tensor.Float32, tensor.Fixed(1), open)},
			Outputs: base.Outputs,
		}, ""},
		{"unranked", Model{Inputs: base.Inputs, Outputs: []tensor.Spec{{Name: "y", Type: tensor.Float32}}}, ""},
		{"input_missing", Model{Inputs: base.Inputs[:1], Outputs: base.Outputs}, `only the first has input "m"; the second has "x"`},
		{"output_added", Model{Inputs: base.Inputs, Outputs: append(base.Outputs[:1:1], spec("z", tensor.Bool))}, `only the second has output "z"; the first has "y"`},
		{"no_outputs", Model{Inputs: base.Inputs}, `only the first has output "y"; the second has none`},
		{"another_type", Model{Inputs: base.Inputs, Outputs: []tensor.Spec{spec("y", tensor.Float16, open)}}, `output "y" is float[N] y in the first, float16[N] y in the second`},
		{"another_size", Model{Inputs: []tensor.Spec{spec("x", tensor.Float32, open, tensor.Fixed(4)), base.Inputs[1]}, Outputs: base.Outputs}, `input "x" is float[N,3] x in the first`},
		{"another_rank", Model{Inputs: base.Inputs, Outputs: []tensor.Spec{spec("y", tensor.Float32)}}, `output "y" is`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := SameInterface(base, tt.other)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// Models with other outputs may take the same inputs.
func TestSameInputs(t *testing.T) {
	x, y := tensor.Spec{Name: "x", Type: tensor.Float32}, tensor.Spec{Name: "y", Type: tensor.Float32}
	a := Model{Name: "a", Inputs: []tensor.Spec{x}, Outputs: []tensor.Spec{y}}
	if err := SameInputs(a, Model{Name: "b", Inputs: []tensor.Spec{x}}); err != nil {
		t.Error(err)
	}
	if err := SameInputs(a, Model{Name: "b", Inputs: []tensor.Spec{y}, Outputs: a.Outputs}); err == nil || !strings.Contains(err.Error(), `compare a with b: only the first has input "x"`) {
		t.Errorf("got %v", err)
	}
}
