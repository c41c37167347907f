package cli

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

func TestDescribeEngine(t *testing.T) {
	for want, d := range map[string]backends.Description{
		"":                              {Name: "reference"},
		"/lib/a.so":                     {Library: "/lib/a.so"},
		"1.24.1, /lib/a.so (--ort-lib)": {Library: "/lib/a.so", Version: "1.24.1", Source: "--ort-lib"},
	} {
		if got := describeEngine(d); got != want {
			t.Errorf("%+v: %q, want %q", d, got, want)
		}
	}
}
