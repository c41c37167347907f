package worker

import (
	"runtime"
	"slices"
	"testing"
)

// A thread that is pinned stays where it was put. The thread ends with the test.
func TestPin(t *testing.T) {
	allowed := AllowedCPUs()
	if len(allowed) == 0 {
		t.Skip("the system does not tell on which processors a process may run")
	}
	last := allowed[len(allowed)-1:]
	got := make(chan []int)
	go func() {
		runtime.LockOSThread() // never unlocked, so that no other test runs on it
		if err := pin(last); err != nil {
			t.Error(err)
		}
		got <- AllowedCPUs()
	}()
	if on := <-got; !slices.Equal(on, last) {
		t.Errorf("on %v, want %v", on, last)
	}
	if err := pin(nil); err == nil {
		t.Error("no processor at all was taken")
	}
}
