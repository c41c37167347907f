package mapped

import (
	"slices"
	"testing"
)

// TestContains finds a text wherever it lies in a file that is looked at piece by piece.
func TestContains(t *testing.T) {
	text, blank := []byte("m.onnx.data"), make([]byte, 64)
	for at := range len(blank) - len(text) + 1 {
		c := content{bytes: slices.Concat(blank[:at], text, blank[at+len(text):])}
		for step := range len(blank) + 1 {
			if !c.contains(text, step+1) {
				t.Errorf("not found at %d in pieces of %d", at, step+1)
			}
		}
		if c.bytes[at+4]++; c.contains(text, 16) {
			t.Errorf("found another one at %d", at)
		}
	}
}
