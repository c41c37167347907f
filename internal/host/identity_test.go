package host

import (
	"runtime"
	"strings"
	"testing"
)

// The identity differs from machine to machine, stays the same on one, and does not show the identifier that it is made of.
func TestIdentity(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the identifier of this system is not in a file")
	}
	const id, other = "0123456789abcdef0123456789abcdef", "1123456789abcdef0123456789abcdef"
	of := func(files map[string]string) string { return identity(t.Context(), fakeRoot(t, files)) }
	got := of(map[string]string{"etc/machine-id": id + "\n"})
	if len(got) != 32 || strings.Contains(got, id) || strings.Contains(got, id[:8]) {
		t.Errorf("identity %q of %q", got, id)
	}
	if again := of(map[string]string{"etc/machine-id": id}); again != got {
		t.Errorf("%q and %q are of one machine", got, again)
	}
	if bus := of(map[string]string{"etc/machine-id": "", "var/lib/dbus/machine-id": id}); bus != got {
		t.Errorf("the file of dbus gives %q, want %q", bus, got)
	}
	if elsewhere := of(map[string]string{"etc/machine-id": other}); elsewhere == got || elsewhere == "" {
		t.Errorf("two machines have the identity %q", got)
	}
	for _, unknown := range []string{"", "uninitialized", strings.Repeat("0", 32), "0123"} {
		if got := of(map[string]string{"etc/machine-id": unknown}); got != "" {
			t.Errorf("%q gives the identity %q", unknown, got)
		}
	}
	if got := of(nil); got != "" {
		t.Errorf("no file gives the identity %q", got)
	}
}
