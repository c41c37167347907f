package host

import (
	"testing"
)

func TestChosen(t *testing.T) {
	for text, want := range map[string]string{"always [madvise] never": "madvise", Unavailable: Unavailable, "x": "x", "[": "["} {
		if got := chosen(text); got != want {
			t.Errorf("chosen(%q) = %q, want %q", text, got, want)
		}
	}
}
