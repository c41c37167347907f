package mapped

import (
	"os"
	"sync"
)

// writeback has the system write what a file got to the disk while more is written, so that the flush at the end, which nothing
// interrupts, finds little to do. It is an advice only: where a system does not take it, the flush does everything.
type writeback struct {
	to   chan int64
	done sync.WaitGroup
	err  error // of the disk; who is told of it is told once
}

// flusher starts to write a part of a file to the disk, and waits for it.
type flusher interface {
	begin(at, size int64)
	await(at, size int64) error
}

// waiting is how many parts of a file the disk may have before it. Whoever writes faster waits for it.
const waiting = 8

// startWriteback begins for a file that is empty; [writeback.stop] ends it, before the file is closed.
func startWriteback(f *os.File) *writeback { return startWritebackBy(disk{f}) }

// startWritebackBy is [startWriteback] with another disk.
func startWritebackBy(d flusher) *writeback {
	w := &writeback{to: make(chan int64, 1)}
	w.done.Go(func() {
		ends := []int64{0} // of the parts that were begun and not waited for, and of the one before them
		for end := range w.to {
			d.begin(ends[len(ends)-1], end-ends[len(ends)-1])
			if ends = append(ends, end); len(ends) <= waiting {
				continue
			}
			if err := d.await(ends[0], ends[1]-ends[0]); w.err == nil {
				w.err = err
			}
			ends = ends[1:]
		}
	})
	return w
}

// upTo says that the file has so many bytes by now. It waits while too much of them is not on the disk.
func (w *writeback) upTo(size int64) { w.to <- size }

// stop waits until the system is not asked any more. Its error says that the disk did not take what was written: the flush at the end
// does not say so again.
func (w *writeback) stop() error {
	close(w.to)
	w.done.Wait()
	return w.err
}

// disk is where a file is written to.
type disk struct{ f *os.File }
