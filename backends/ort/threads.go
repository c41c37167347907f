package ort

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
)

var _ backends.Threaded = (*ORT)(nil)

// affinities binds each thread of an operator but the caller's to processors: "1;2" is for three threads.
const affinities = "session.intra_op_thread_affinities"

// OwnThreads implements [backends.Threaded].
func (o *ORT) OwnThreads() int {
	if o.Threads != 0 {
		return o.Threads
	}
	return o.bound()
}

// bound is how many threads the affinities are for; 0 where there are none.
func (o *ORT) bound() int {
	if text := o.Session[affinities]; text != "" {
		return strings.Count(text, ";") + 2
	}
	return 0
}

// checkThreads refuses a number that cannot be, or that the affinities contradict.
func (o *ORT) checkThreads() error {
	if o.Threads < 0 {
		return fmt.Errorf("threads is %d, it must not be negative", o.Threads)
	}
	if bound := o.bound(); bound != 0 && o.Threads != 0 && o.Threads != bound {
		return fmt.Errorf("threads is %d, and %s is for %d threads: the caller's and one for each entry", o.Threads, affinities, bound)
	}
	return nil
}
