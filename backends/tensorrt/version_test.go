//go:build unix

package tensorrt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseVersion(t *testing.T) {
	tests := map[string]string{
		"&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec":            "8.6.1",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v100600] [b26] # trtexec -x": "10.6.0 b26",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v101501] [b29] # trtexec":    "10.15.1 b29",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v110100] [b106] # trtexec":   "11.1.0 b106",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v101312] [b1] # trtexec":     "10.13.12 b1",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v90300] [b1] # trtexec":      "9.3.0 b1",
		"&&&& RUNNING TensorRT.trtexec [TensorRT v8503] # trtexec":            "8.5.3",
	}
	for line, want := range tests {
		v, ok := parseVersion(line + "\n")
		if got := strings.TrimSpace(v.String() + " " + v.build); !ok || got != want {
			t.Errorf("%s: version %q, want %q", line, got, want)
		}
	}
	for _, line := range []string{"", "TensorRT v8601", "&&&& RUNNING TensorRT.trtexec [TensorRT v99999999999999999999] #"} {
		if v, ok := parseVersion(line); ok {
			t.Errorf("%q is version %s", line, v)
		}
	}
}

func TestParseHelp(t *testing.T) {
	got := parseHelp(`&&&& RUNNING TensorRT.trtexec [TensorRT v101501] [b29] # trtexec --help
=== Model Options ===
  --onnx=<file>               ONNX model
  --versionCompatible, --vc          Mark the engine as version compatible.
                                     --profilingVerbosity begins a wrapped line
  --best                             Enable all precisions (default = disabled). See --fp16
  --help, -h                  Print this message
`)
	want := map[string]bool{"onnx": true, "versionCompatible": true, "vc": true, "best": true, "help": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
