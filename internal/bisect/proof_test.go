package bisect

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/verify"
)

// The proof calls what the passes make good, and finds a wrong rewrite among theirs.
func TestProof(t *testing.T) {
	s := search(t, nil)
	proof := Proof(verify.ExactBy(reference.OpenPartly), verify.Defaults(), nil)
	all, err := s.after(t.Context(), s.Model, -1)
	if err != nil {
		t.Fatal(err)
	}
	for made, want := range map[*run]bool{all: false, {model: s.Model}: false} {
		if bad, err := proof(t.Context(), s.Model, made.model, nil); err != nil || bad != want {
			t.Errorf("got %t, %v", bad, err)
		}
	}
	s = search(t, wrong{at: 1})
	s.Tests = []Test{proof}
	f, err := s.First(t.Context())
	if err != nil || f.Pass != "wrong" || f.Extract != nil {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestInputs(t *testing.T) {
	in, err := Inputs(search(t, nil).Model, verify.Defaults(), nil)
	if err != nil || len(in) == 0 || in[0]["input"] == nil {
		t.Errorf("got %v, %v", in, err)
	}
}
