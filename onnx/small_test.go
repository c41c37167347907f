package onnx

import (
	"bytes"
	"testing"
)

// TestSmall: what was copied does not change with where it came from, nor with what is copied next.
func TestSmall(t *testing.T) {
	var s small
	from := bytes.Repeat([]byte{1}, page)
	var copies [][]byte
	for size := range page {
		copies = append(copies, s.own(from[:size]))
	}
	clear(from)
	for size, b := range copies {
		if len(b) != size || cap(b) != size || bytes.Count(b, []byte{1}) != size {
			t.Fatalf("%d bytes became %d of room %d", size, len(b), cap(b))
		}
	}
	s.taken = smallMost
	if b := s.own(from[:2]); &b[0] != &from[0] {
		t.Error("more is copied than may be")
	}
}
