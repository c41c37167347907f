package ort

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

func TestIdentify(t *testing.T) {
	d := engine(t).Identify(t.Context())
	if d.Name != "ort" || d.Provider != "cpu" || d.Version == "" || !filepath.IsAbs(d.Library) || len(d.SHA256) != 64 || d.Source == "" {
		t.Errorf("description is incomplete: %+v", d)
	}
	version, err := Probe(d.Library)
	if err != nil || version != d.Version {
		t.Errorf("Probe says %q, %v; Identify says %q", version, err, d.Version)
	}
	d.SHA256 = ""
	if said := engine(t).Describe(); said != d {
		t.Errorf("after a check, Describe says %+v, want all but the digest of %+v", said, d)
	}
}

// TestLibraryIsReadOnce asks a backend, and what is tuned from it, again and again for what it is: its library
// is read once, and only by who asks for the digest.
func TestLibraryIsReadOnce(t *testing.T) {
	reads := 0
	o := New()
	o.known.hash = func(string) (string, error) { reads++; return "digest", nil }
	if o.Describe().Provider != "cpu" || reads != 0 {
		t.Errorf("the library was read %d times to ask for the provider", reads)
	}
	for range 3 {
		tuned, err := o.Tuned(backends.Tuning{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		if got := tuned.(*ORT).known.digest("/lib/a.so"); got != "digest" {
			t.Errorf("digest is %q", got)
		}
	}
	if reads != 1 {
		t.Errorf("the library was read %d times", reads)
	}
	if o.known.digest("/lib/b.so"); reads != 2 {
		t.Errorf("another library was not read")
	}
}
