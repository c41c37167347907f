package backends_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

// threaded is a backend with an option for threads.
type threaded struct {
	backends.Backend
	own int
}

func (t threaded) OwnThreads() int { return t.own }

func TestOwnThreads(t *testing.T) {
	if got := backends.OwnThreads(threaded{own: 3}); got != 3 {
		t.Errorf("%d threads of its own", got)
	}
	if got := backends.OwnThreads(struct{ backends.Backend }{}); got != 0 {
		t.Errorf("%d threads of a backend without a choice", got)
	}
}
