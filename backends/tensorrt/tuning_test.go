package tensorrt

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

func TestTuned(t *testing.T) {
	b, second := New(), 1
	made, err := b.Tuned(backends.Tuning{Device: &second, Precision: "tf32"})
	if err != nil {
		t.Fatal(err)
	}
	if tuned := made.(*TensorRT); tuned.Device != 1 || tuned.Precision != "tf32" || tuned.probed == b.probed {
		t.Errorf("tuned to %+v", tuned)
	}
	if b.Device != 0 || b.Precision != "fp32" {
		t.Errorf("the backend itself was changed: %+v", b)
	}
	if _, err := b.Tuned(backends.Tuning{Precision: "fp8"}); err == nil {
		t.Error("an unknown precision was taken")
	}
	for _, tuning := range []backends.Tuning{{Threads: 2}, {Provider: "cuda"}, {Library: "x"}, {Optimization: backends.Unoptimized}, {YieldIdle: true}} {
		_, err := b.Tuned(tuning)
		if _, ok := errors.AsType[*backends.Unsupported](err); !ok {
			t.Errorf("%+v: %v", tuning, err)
		}
	}
}
