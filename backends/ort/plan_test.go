package ort

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestPlanOfTheLastInputs(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	run(t, s, pair(2, make([]float32, 6), make([]float32, 6)))
	plan, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]backends.Step{}
	for _, step := range plan.Steps {
		step.Nanoseconds = 0 // it is too fast for a clock of microseconds
		got[step.Name] = step
	}
	detail := "float[2,3] float[2,3] -> float[2,3]"
	want := map[string]backends.Step{
		"add": {Name: "add", Op: "Add", Provider: "CPUExecutionProvider", Detail: detail},
		"mul": {Name: "mul", Op: "Mul", Provider: "CPUExecutionProvider", Detail: detail},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Learning the shapes of float16 outputs takes runs that fail; they must not show in the plan.
func TestPlanCountsOneRun(t *testing.T) {
	plan, err := open(t, engine(t), fixture("half_hidden")).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, step := range plan.Steps {
		count[step.Op]++
	}
	if count["Transpose"] != 1 || count["Concat"] != 1 {
		t.Errorf("kernels are %v", count)
	}
	for _, step := range plan.Steps {
		if attribute := map[string]string{"Concat": "{axis="}[step.Op]; !strings.HasPrefix(step.Detail, attribute) {
			t.Errorf("%s has no attributes: %s", step.Op, step.Detail)
		}
	}
}

// The wording is that of the library: the newer one names the output, the older one its shape.
func TestCorrect(t *testing.T) {
	specs := []tensor.Spec{{Name: "y"}, {Name: "left to the library"}, {Name: "z"}}
	tests := map[string]struct {
		objection string
		want      [][]int64 // of y and z; nil when nothing can be learnt
	}{
		"rank":       {"Invalid rank for output: z Got: 1 Expected: 3 Please fix", [][]int64{{4}, {3, 1, 1}}},
		"sizes":      {"Got invalid dimensions for output: y for the following indices\n index: 0 Got: 4 Expected: 7\n Please fix", [][]int64{{7}, {5}}},
		"named":      {"for output 'z' of node 'n' (Add) has shape {5} but the computed output shape for this run is {2,3}. When", [][]int64{{4}, {2, 3}}},
		"not_named":  {"verification failed. Current shape:{4} Requested shape:{}", [][]int64{{}, {5}}},
		"of_nobody":  {"verification failed. Current shape:{6} Requested shape:{2}", nil},
		"other":      {"Non-zero status code returned", nil},
		"wrong_axis": {"Got invalid dimensions for output: y for the following indices\n index: 9 Got: 4 Expected: 7", nil},
		"huge_rank":  {"Invalid rank for output: z Got: 1 Expected: 999999999 Please", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			shapes := []*made{{shape: []int64{4}, guess: true}, nil, {shape: []int64{5}, guess: true}}
			// The binding prefixes what the library says.
			if said := "provided " + test.objection; correct(specs, shapes, said) != (test.want != nil) {
				t.Fatalf("correct says %v", test.want == nil)
			}
			if test.want == nil {
				return
			}
			if diff := cmp.Diff(test.want, [][]int64{shapes[0].shape, shapes[2].shape}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanShowsWhatOptimisationDid(t *testing.T) {
	models := trained(t)
	ops := func(optimization string) map[string]int {
		o := engine(t)
		o.Optimization = optimization
		plan, err := open(t, o, resnet20(models)).Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, step := range plan.Steps {
			count[step.Op]++
			if step.Provider != "CPUExecutionProvider" {
				t.Errorf("%s runs on %q", step.Name, step.Provider)
			}
		}
		return count
	}
	plain, optimised := ops("disabled"), ops("all")
	if plain["BatchNormalization"] == 0 || plain["Conv"] == 0 {
		t.Errorf("without optimisation the batch norms are gone: %v", plain)
	}
	if optimised["BatchNormalization"] != 0 {
		t.Errorf("with optimisation there are batch norms: %v", optimised)
	}
}

// What takes long in a network of convolutions is a convolution.
func TestPlanTimesKernels(t *testing.T) {
	s := open(t, engine(t), resnet20(trained(t)))
	plan, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slowest := plan.Steps[0]
	for _, step := range plan.Steps {
		if step.Nanoseconds > slowest.Nanoseconds {
			slowest = step
		}
	}
	if !strings.HasSuffix(slowest.Op, "Conv") {
		t.Errorf("the slowest kernel is %+v, want a convolution", slowest)
	}
}
