package ort

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
)

// The profiler writes what ended. A run and its first kernel began in one microsecond.
func TestParseProfile(t *testing.T) {
	const profile = `[
{"cat":"Node","name":"early_kernel_time","ts":6,"dur":4,"args":{"op_name":"Relu","provider":"CPUExecutionProvider"}},
{"cat":"Session","name":"model_run","ts":5,"dur":5,"args":{}},
{"cat":"Node","name":"second_kernel_time","ts":30,"dur":7,"args":{"op_name":"Add","provider":"CPUExecutionProvider","node_index":"1",
 "input_type_shape":[{"float":[1,2000000]},{"float":[]}],"output_type_shape":[{"float":[1,2000000]}]}},
{"cat":"Node","name":"first_fence_before","ts":10,"dur":500,"args":{"op_name":"Conv"}},
{"cat":"Node","name":"first_kernel_time","ts":10,"dur":8,"args":{"op_name":"Conv","provider":"CUDAExecutionProvider",
 "input_type_shape":[{"float16":[1,3]}],"output_type_shape":[{"float16":[1,2]}]}},
{"cat":"Session","name":"model_run","ts":10,"args":{}}
]`
	got, err := parseProfile([]byte(profile), false)
	if err != nil {
		t.Fatal(err)
	}
	want := backends.Plan{Steps: []backends.Step{
		{Name: "first", Op: "Conv", Provider: "CUDAExecutionProvider", Detail: "float16[1,3] -> float16[1,2]"},
		{Name: "second", Op: "Add", Provider: "CPUExecutionProvider", Detail: "float[1,2000000] float[] -> float[1,2000000]"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, bad := range map[string]string{"empty": "", "no_kernel": "[]", "garbage": "[{]"} {
		if _, err := parseProfile([]byte(bad), true); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A step has the median of what it took in all runs; a kernel that runs twice in each has two.
func TestParseProfileTimes(t *testing.T) {
	var events []string
	for run, took := range []int64{90, 20, 24, 22} {
		at := int64(1000 * run)
		for i, by := range []int64{1, 2} {
			events = append(events, fmt.Sprintf(`{"cat":"Node","name":"body_kernel_time","ts":%d,"dur":%d}`, at+int64(i)+1, took*by))
		}
		events = append(events, fmt.Sprintf(`{"cat":"Session","name":"model_run","ts":%d}`, at))
	}
	plan, err := parseProfile([]byte("["+strings.Join(events, ",")+"]"), true)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, step := range plan.Steps {
		got = append(got, step.Nanoseconds)
	}
	if diff := cmp.Diff([]int64{23_000, 46_000}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
