//go:build unix

package tensorrt

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

// TestIdentify asks what the backend is: without starting trtexec, by starting it, and after a check.
func TestIdentify(t *testing.T) {
	b := trtexec(t, "10.15.1")
	if d := b.Describe(); d.Name != "tensorrt" || d.Clock != backends.ClockGPU || d.Version != "" || d.Library != "" {
		t.Errorf("unasked, it says %+v", d)
	}
	d := b.Identify(t.Context())
	if d.Name != "tensorrt" || d.Clock != backends.ClockGPU || d.Version != "10.15.1" || len(d.SHA256) != 64 || d.Source != "trtexec" {
		t.Errorf("description is incomplete: %+v", d)
	}
	if err := b.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.SHA256 = ""
	if said := b.Describe(); said != d {
		t.Errorf("after a check, Describe says %+v, want all but the digest of %+v", said, d)
	}
}
