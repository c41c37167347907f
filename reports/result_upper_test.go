package reports

import "testing"

func TestUpper(t *testing.T) {
	for s, want := range map[string]string{
		"slower than it was": "Slower than it was", "acdeploy-report/fused.onnx on ort is slower": "acdeploy-report/fused.onnx on ort is slower",
		"latency: too slow": "Latency: too slow", "fused.onnx": "fused.onnx", "ähnlich": "Ähnlich", "": "",
	} {
		if got := upper(s); got != want {
			t.Errorf("%q begins %q", s, got)
		}
	}
}
