package release

import (
	"testing"
)

func TestEpoch(t *testing.T) {
	for value, want := range map[string]string{"": "", "0": "1970-01-01T00:00:00Z", "1700000000": "2023-11-14T22:13:20Z"} {
		f := &facts{env: func(string) string { return value }}
		if got, err := f.epoch(); err != nil || got != want {
			t.Errorf("%q: %q, %v", value, got, err)
		}
	}
	for _, value := range []string{"-1", "1.5", "now"} {
		f := &facts{env: func(string) string { return value }}
		if _, err := f.epoch(); err == nil {
			t.Errorf("%q is a time", value)
		}
	}
}

func TestReadModelThatIsNone(t *testing.T) {
	if _, err := readModel("nowhere.onnx"); err == nil {
		t.Error("it was read")
	}
}
