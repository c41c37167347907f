package osfile

import (
	"os"
	"sync"
)

// Writeback has the system write what a file got to the disk while more is written, so that the flush at the end finds little to
// do. It is an advice only: where a system does not take it, the flush does everything.
type Writeback struct {
	to   chan int64
	done sync.WaitGroup
}

// StartWriteback begins for a file that is empty; [Writeback.Stop] ends it, before the file is closed.
func StartWriteback(f *os.File) *Writeback {
	w := &Writeback{to: make(chan int64, 1)}
	w.done.Go(func() {
		begun := int64(0)
		for end := range w.to {
			writeBack(f, begun, end-begun)
			begun = end
		}
	})
	return w
}

// To says that the file has so many bytes by now. It never waits.
func (w *Writeback) To(size int64) {
	select {
	case w.to <- size:
	default: // the next call says more
	}
}

// Stop waits until the system is not asked any more.
func (w *Writeback) Stop() {
	close(w.to)
	w.done.Wait()
}
