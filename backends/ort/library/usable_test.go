package library

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestResolveNeverPassesOverANamedLibrary(t *testing.T) {
	data := program(t)
	good := write(t, "good.so", data)
	s := Store{Dir: t.TempDir()}
	foreign := append([]byte{}, data...)
	foreign[18], foreign[19] = 0x08, 0 // e_machine: MIPS
	tests := map[string]struct{ path, want string }{
		"absent":    {filepath.Join(t.TempDir(), "absent.so"), "does not exist"},
		"folder":    {t.TempDir(), "is a folder; name the library in it"},
		"text":      {write(t, "text.so", []byte("GROUP ( libonnxruntime.so.1 )")), "is not a shared library of linux, or is incomplete"},
		"truncated": {write(t, "short.so", data[:len(data)/2]), "is not a shared library of linux, or is incomplete"},
		"foreign":   {write(t, "mips.so", foreign), "is a library for EM_MIPS"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := s.Resolve(Request{
				Config: good,
				Getenv: func(key string) string { return map[string]string{"ACDEPLOY_ORT_LIB": test.path}[key] },
			})
			missing, ok := errors.AsType[*NotFoundError](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			if !missing.Explicit || !strings.Contains(missing.Reason(), "ACDEPLOY_ORT_LIB: "+test.path+" "+test.want) {
				t.Errorf("reason is %s", missing.Reason())
			}
			if want := "correct ACDEPLOY_ORT_LIB, or unset it"; missing.Remedy() != want {
				t.Errorf("remedy is %s", missing.Remedy())
			}
		})
	}
}
