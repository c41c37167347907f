package mapped

import (
	"os"
	"sync"
)

// writeback has the system write what a file got to the disk while more is written, so that the flush at the end finds little to
// do. It is an advice only: where a system does not take it, the flush does everything.
type writeback struct {
	to   chan int64
	done sync.WaitGroup
}

// startWriteback begins for a file that is empty; [writeback.stop] ends it, before the file is closed.
func startWriteback(f *os.File) *writeback {
	w := &writeback{to: make(chan int64, 1)}
	w.done.Go(func() {
		begun := int64(0)
		for end := range w.to {
			writeBack(f, begun, end-begun)
			begun = end
		}
	})
	return w
}

// upTo says that the file has so many bytes by now. It never waits.
func (w *writeback) upTo(size int64) {
	select {
	case w.to <- size:
	default: // the next call says more
	}
}

// stop waits until the system is not asked any more.
func (w *writeback) stop() {
	close(w.to)
	w.done.Wait()
}
