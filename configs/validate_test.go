package configs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports/formats"
)

func TestGatesThatMakeNoSenseAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{speedup_min: -1}":           "speedup_min must lie between",
		"{speedup_min: fast}":         "want a number",
		"{p99_max_degradation: -5%}":  "p99_max_degradation must lie between",
		"{p99_max_degradation: much}": "not a ratio",
		"{speedup: 2}":                "unknown field",
	} {
		_, err := configs.Parse("test.yaml", []byte("gates: "+text), known())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestABackendIsSuggestedByWhatPeopleCallIt names engines of the shipped catalog by other words.
func TestABackendIsSuggestedByWhatPeopleCallIt(t *testing.T) {
	for word, name := range map[string]string{"trt": "tensorrt", "onnxruntime": "ort", "onnx-runtime": "ort", "ref": "reference"} {
		c := parse(t, "model: a.onnx\n")
		if err := c.Set("bench.backends", "["+word+"]", "--backend"); err != nil {
			t.Fatal(err)
		}
		err := c.Validate(shipped())
		want := fmt.Sprintf("--backend: %q is not known, did you mean %q?; known are ort, tensorrt, reference", word, name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestReportsAreFormats takes the names and the other names of formats, and says where one is wrong.
func TestReportsAreFormats(t *testing.T) {
	all := shipped()
	all.Formats = configs.Plain(formats.Catalog())
	c, err := configs.Parse("test.yaml", []byte("model: a.onnx\nreports: [junit, md]\n"), all)
	if err != nil || strings.Join(c.Reports, " ") != "junit md" {
		t.Errorf("%v, %v", c.Reports, err)
	}
	_, err = configs.Parse("test.yaml", []byte("model: a.onnx\nreports: [markdown, junti]\n"), all)
	if want := `test.yaml:2:21: format "junti" is not known, did you mean "junit"?`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestFieldsAreNamedByTheirOwners has the error of a section say which of its fields is wrong.
func TestFieldsAreNamedByTheirOwners(t *testing.T) {
	err := judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireNothing}, Proof: "algebraic"}.Validate()
	if at, ok := errors.AsType[configs.FieldError](err); !ok || at.Field() != "proof" {
		t.Errorf("got %v", err)
	}
}
