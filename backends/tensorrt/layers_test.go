//go:build unix

package tensorrt

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
)

func TestParseLayers(t *testing.T) {
	plan := func(file string) backends.Plan {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := parseLayers(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	old := plan("layers-10.json")
	want := backends.Plan{Steps: []backends.Step{
		{
			Name: "Reformatting CopyNode for Input Tensor 0 to conv1 + relu1", Op: "Reformat",
			Detail: "t0[1,3,224,224] Row major linear FP32 -> t1[1,3,224,224] Channel major FP32 format where channel % 4 == 0; Origin REFORMAT; TacticValue 0x0000000000000000",
		},
		{
			Name: "conv1 + relu1", Op: "CaskConvolution/Convolution",
			Detail: "t1[1,3,224,224] Channel major FP32 format where channel % 4 == 0 -> t2[1,64,112,112] Row major linear FP32; Activation RELU; Bias Float 64; " +
				"HasBias 1; Kernel [7,7]; Stride [2,2]; TacticName sm80_xmma_fprop_implicit_gemm; TacticValue 0x0f47434ace2a7d18; Weights Float 9408",
		},
	}}
	if diff := cmp.Diff(want, old); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	modern := plan("layers-11.json")
	if got := modern.Steps[0].Detail; got != "t0[1,3,8,8] Row major linear FP32 -> t1[1,4,8,8] Row major linear FP32; TacticName sm90_xmma; TacticValue 0x1" {
		t.Errorf("detail is %q", got)
	}
	names := plan("layers-names.json")
	if len(names.Steps) != 2 || names.Steps[1].Name != "fc + softmax" {
		t.Errorf("plan is %+v", names)
	}
}

func TestParseLayersRefuses(t *testing.T) {
	for fact, text := range map[string]string{
		"truncated": `{"Layers":["a"`, "empty": `{"Layers":[]}`, "nothing": ``, "numbers": `{"Layers":[1]}`, "no_object": `[]`,
	} {
		if p, err := parseLayers([]byte(text)); err == nil {
			t.Errorf("%s: %+v", fact, p)
		}
	}
	// What is of another kind than expected is no reason to fail.
	if _, err := parseLayers([]byte(`{"Layers":[{"Name":3,"Inputs":"x","Outputs":[1],"Weights":7}]}`)); err != nil {
		t.Error(err)
	}
}
