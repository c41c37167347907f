package library

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestMusl(t *testing.T) {
	for name, test := range map[string]struct {
		loaders []string
		want    bool
	}{
		"alpine": {[]string{"lib/ld-musl-x86_64.so.1"}, true},
		"debian": {[]string{"lib64/ld-linux-x86-64.so.2"}, false},
		"both":   {[]string{"lib/ld-musl-x86_64.so.1", "lib/ld-linux-aarch64.so.1"}, false},
		"empty":  {nil, false},
	} {
		root := rootWith(t, test.loaders...)
		if got := (Store{root: root}).musl(); got != test.want {
			t.Errorf("%s: musl %t", name, got)
		}
	}
}

func rootWith(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range files {
		path := filepath.Join(root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// A library that asks for glibc is no good where musl is, and the reason says what works there.
func TestResolveOnMusl(t *testing.T) {
	glibc, musl := filepath.Join(t.TempDir(), "libonnxruntime.so"), filepath.Join(t.TempDir(), "libonnxruntime.so")
	writeELF(t, glibc, "", "libstdc++.so.6", "libc.so.6")
	writeELF(t, musl, "", "libstdc++.so.6", "libc.musl-x86_64.so.1")
	alpine := Store{OS: "linux", Arch: "amd64", root: rootWith(t, "lib/ld-musl-x86_64.so.1")}
	debian := Store{OS: "linux", Arch: "amd64", root: rootWith(t)}
	if runtime.GOARCH != "amd64" {
		t.Skip("the stand-ins are libraries for amd64")
	}
	_, err := alpine.Resolve(Request{Flag: glibc})
	wantError(t, err, "needs glibc, and this system has musl: "+MuslRemedy)
	for _, test := range []struct {
		store Store
		path  string
	}{{alpine, musl}, {debian, glibc}} {
		if found, err := test.store.Resolve(Request{Flag: test.path}); err != nil || found.Path != test.path {
			t.Errorf("found %+v, %v", found, err)
		}
	}
}
