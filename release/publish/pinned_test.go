package publish

import "testing"

// A tag gives way to the digest; a port is no tag.
func TestPinned(t *testing.T) {
	for name, want := range map[string]string{
		"oci://localhost:5000/a/b:v1": "oci://localhost:5000/a/b@sha256:00", "oci://host/a:v1": "oci://host/a@sha256:00", "oci://localhost:5000/a": "oci://localhost:5000/a@sha256:00",
	} {
		if got := pinned(name, "sha256:00"); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
}
