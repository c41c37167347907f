package onnx

import (
	"io"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"
)

// A file is written in batches: several goroutines compute the bytes of batches, and one writes them in the order of the file. So
// memory is a few batches, however large a tensor is, and the bytes are the same for any number of goroutines.
//
//	segments ──▶ batches ─┬─▶ bytes ─┬─▶ writer
//	                      └─▶ bytes ─┘
const (
	batchSize  = 1 << 19 // bytes, and up to a part or a row more
	maxWorkers = 8       // more compute faster than anybody hashes
)

// batch is parts that lie one after the other, or a tensor whose bytes are there already.
type batch struct {
	parts []part
	raw   []byte
	size  int64

	buf  []byte        // to be used for the bytes
	done chan struct{} // is closed when they are there
	err  error
	lost any // what the computing panicked with
}

// batches cuts the parts into batches.
func (r *segments) batches() iter.Seq[*batch] {
	return func(yield func(*batch) bool) {
		b := &batch{}
		add := func(p part) bool {
			b.parts, b.size = append(b.parts, p), b.size+p.bytes()
			if b.size < batchSize {
				return true
			}
			full := b
			b = &batch{}
			return yield(full)
		}
		for _, p := range r.parts {
			e, ok := p.(elements)
			switch {
			case !ok || e.bytes() < batchSize:
				if !add(p) {
					return
				}
			case e.of.Computed():
				for first, end := range e.pieces() {
					if !add(rows{e, first, end}) {
						return
					}
				}
			default:
				if len(b.parts) > 0 && !yield(b) {
					return
				}
				b = &batch{}
				raw, _ := e.of.Bytes() // fails only for a recipe
				if !yield(&batch{raw: raw, size: e.bytes()}) {
					return
				}
			}
		}
		if len(b.parts) > 0 {
			yield(b)
		}
	}
}

// pieces are the rows of a recipe, as many at a time as fill a batch.
func (e elements) pieces() iter.Seq2[int, int] {
	return func(yield func(first, end int) bool) {
		n, width := e.of.Rows()
		step := max(batchSize/e.of.Type().ByteSize(width), 1)
		for first := 0; first < n; first += step {
			if !yield(first, min(first+step, n)) {
				return
			}
		}
	}
}

// compute makes the bytes. What reads a file that is mapped faults when it becomes shorter: that is told to the goroutine that
// writes, as is any other panic.
func (b *batch) compute(o *output) {
	defer close(b.done)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { b.lost = recover() }()
	o.buf = b.buf[:0]
	for _, p := range b.parts {
		if b.err = p.write(o); b.err != nil {
			return
		}
	}
	b.buf = o.buf
}

// write writes the parts.
func (l *Layout) write(w io.Writer, r *segments) error {
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	if r.size <= batchSize {
		workers = 1
	}
	outputs := make([]output, workers)
	free := make(chan []byte, 2*workers) // buffers, none of which is larger than it has to be
	for range cap(free) {
		free <- nil
	}
	todo, order, stop := make(chan *batch), make(chan *batch, 2*workers), make(chan struct{})
	var running sync.WaitGroup
	for i := range outputs {
		running.Go(func() {
			for b := range todo {
				b.compute(&outputs[i])
			}
		})
	}
	running.Go(func() {
		defer close(order)
		defer close(todo)
		for b := range r.batches() {
			if !b.hand(free, todo, order, stop) {
				return
			}
		}
	})
	lost, err := func() (any, error) {
		defer running.Wait() // they read files that are closed next, also where the writer panics
		defer close(stop)
		return writeBatches(w, order, free)
	}()
	if lost != nil {
		panic(lost)
	}
	for i := range outputs {
		l.rounding.Flushed += outputs[i].rounder.Flushed
	}
	return err
}

// hand gives a batch to those who compute and to the one who writes; false when the writing has ended.
func (b *batch) hand(free <-chan []byte, todo, order chan<- *batch, stop <-chan struct{}) bool {
	b.done = make(chan struct{})
	if b.raw != nil {
		close(b.done)
	} else {
		select {
		case b.buf = <-free:
		case <-stop:
			return false
		}
	}
	select {
	case order <- b:
	case <-stop:
		return false
	}
	if b.raw != nil {
		return true
	}
	select {
	case todo <- b:
		return true
	case <-stop:
		return false
	}
}

// writeBatches writes batches one after another.
func writeBatches(w io.Writer, order <-chan *batch, free chan<- []byte) (lost any, err error) {
	for b := range order {
		<-b.done
		if b.lost != nil || b.err != nil {
			return b.lost, b.err
		}
		if b.raw != nil {
			_, err = w.Write(b.raw)
		} else {
			_, err = w.Write(b.buf)
			free <- b.buf
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}
