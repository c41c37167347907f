package host

import (
	"testing"
)

func TestReadContainer(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"docker":   {".dockerenv": ""},
		"podman":   {"run/.containerenv": ""},
		"kubepods": {"proc/1/cgroup": "0::/kubepods/besteffort/pod1\n"},
		"none":     {"proc/1/cgroup": "0::/init.scope\n"},
	} {
		if got := readContainer(fakeRoot(t, files)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
