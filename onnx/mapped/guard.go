package mapped

import (
	"errors"
	"runtime/debug"
)

var errTruncated = errors.New("the file became shorter while it was being read")

// Guard runs f, and returns an error when f reads a part of a mapped file that is no longer there. It
// covers the goroutine that it runs in and no other: each goroutine that reads tensors needs its own.
func Guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // what only a fault has
			err = errTruncated
		default:
			panic(fault)
		}
	}()
	return f()
}
