package pipeline

import (
	"syscall"
	"testing"
)

// Memory that the Go runtime knows nothing of counts, as that of C libraries; a mapped file does not.
func TestMemoryOfOthers(t *testing.T) {
	const size = 256 << 20
	before := memory()
	held, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = syscall.Munmap(held) }()
	for i := 0; i < size; i += 4096 {
		held[i] = 1
	}
	if grown := memory() - before; grown < size/2 {
		t.Errorf("256 MB more count as %d", grown)
	}
}
