package backends_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

func TestUnavailable(t *testing.T) {
	cause := errors.New("no file")
	err := fmt.Errorf("open m: %w", &backends.Unavailable{Reason: "there is no library", Remedy: "install it", Err: cause})
	if err.Error() != "open m: there is no library; install it" {
		t.Errorf("it says %q", err)
	}
	if !errors.Is(err, backends.ErrUnavailable) || !errors.Is(err, cause) {
		t.Error("it matches neither absence nor its cause")
	}
	if said := (&backends.Unavailable{Reason: "there is no GPU"}).Error(); said != "there is no GPU" {
		t.Errorf("without a remedy it says %q", said)
	}
}

func TestSkipOf(t *testing.T) {
	skip, ok := backends.SkipOf("lab", "cuda", fmt.Errorf("open m: %w", &backends.Unavailable{Reason: "there is no GPU", Remedy: "buy one"}))
	if want := (backends.Skip{Backend: "lab", Provider: "cuda", Reason: "there is no GPU", Remedy: "buy one"}); !ok || skip != want {
		t.Errorf("%+v, %t", skip, ok)
	}
	for _, err := range []error{nil, errors.New("it broke")} {
		if skip, ok := backends.SkipOf("lab", "", err); ok {
			t.Errorf("%v is taken for an absence: %+v", err, skip)
		}
	}
}
