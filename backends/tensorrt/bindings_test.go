//go:build unix

package tensorrt

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestOutputsThatShareAFile(t *testing.T) {
	stdout := "[11/23/2026-23:44:33] [I] Writing file for output binding a:0 (with datatype fp32 and dimensions 1) to a_0.output.1.fp32.raw\n" +
		"[11/23/2026-23:44:33] [I] Writing file for output binding a/0 (with datatype fp32 and dimensions 1) to a_0.output.1.fp32.raw\n"
	specs := []tensor.Spec{{Name: "a:0", Type: tensor.Float32}}
	_, err := readOutputs(t.TempDir(), stdout, specs)
	checkError(t, "read", err, "trtexec writes this output and output a/0 to one file")
	escape := "[11/23/2026-23:44:33] [I] Writing file for output binding a:0 (with datatype fp32 and dimensions 1) to ../a.raw\n"
	_, err = readOutputs(t.TempDir(), escape, specs)
	checkError(t, "read", err, "outside its folder")
	narrow := "[11/23/2026-23:44:33] [I] Writing file for output binding a:0 (with datatype fp16 and dimensions 1) to a.raw\n"
	_, err = readOutputs(t.TempDir(), narrow, specs)
	checkError(t, "read", err, "TensorRT gives fp16, and the model declares fp32")
}

func TestOddNames(t *testing.T) {
	long := strings.Repeat("a", 200)
	for _, name := range []string{"Input:0", "a b", "x/y", "(x)", long} {
		for _, version := range versions() {
			s := open(t, trtexec(t, version), double(t, name, name+"/out", -1))
			out, err := s.Run(t.Context(), tensor.Map{name: numbers(3)})
			if err != nil {
				t.Errorf("%q: %v", name, err)
			} else if got := out[name+"/out"].Float64s()[2]; got != 4 {
				t.Errorf("%q: got %g", name, got)
			}
		}
	}
	for _, name := range []string{"a,b", "a'b", "a*", "a\nb"} {
		_, err := trtexec(t, "10.9.0").Open(t.Context(), double(t, name, "y", -1), backends.Tuning{})
		if err == nil || !strings.Contains(err.Error(), "rename the input") {
			t.Errorf("%q: error is %v", name, err)
		}
	}
}
