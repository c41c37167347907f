package onnx

// small gives the elements of small tensors memory of their own. They are looked at again and again, and for a few bytes the system maps
// what lies around them, up to MB of the file.
type small struct {
	chunk []byte // elements one after another; a full one is left to them
	taken int
}

const (
	smallChunk = 4 << 10  // bytes
	smallMost  = 32 << 20 // in all: what is more stays in the file
)

// own is a copy of b, or b itself where too much was copied.
func (s *small) own(b []byte) []byte {
	if s.taken += len(b); s.taken > smallMost {
		return b
	}
	if len(s.chunk)+len(b) > cap(s.chunk) {
		s.chunk = make([]byte, 0, max(smallChunk, len(b)))
	}
	at := len(s.chunk)
	s.chunk = append(s.chunk, b...)
	return s.chunk[at:len(s.chunk):len(s.chunk)]
}
