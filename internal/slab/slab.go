// Package slab hands out small things that lie side by side in memory. A graph of a million nodes consists of many millions of them. The
// garbage collector looks at each thing that was allocated by itself, and at a slab of them at once. One that is still in use keeps its
// slab, so slabs are for what lives as long as its neighbours.
package slab

// Of is a source of things of one type. Its zero value is ready. It is not safe for concurrent use.
type Of[T any] struct {
	free []T
	made int // in the last slab
}

// The first slab is small: most models are.
const (
	least = 8
	most  = 128
)

// New is a zero value.
func (s *Of[T]) New() *T { return &s.Take(1)[0] }

// Take is a list of n zero values. What is appended to it goes elsewhere.
func (s *Of[T]) Take(n int) []T {
	if n > len(s.free) {
		s.made = min(max(2*s.made, least), most)
		s.free = make([]T, max(s.made, n))
	}
	list := s.free[:n:n]
	s.free = s.free[n:]
	return list
}
