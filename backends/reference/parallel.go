package reference

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// grain is about how many simple elements are worth handing to another goroutine.
const grain = 1 << 14

// parallel calls work on ranges that together are [0, n), each about size long, on all processors.
// Each range must be computed independently of the others, so that the result does not depend on
// their number. A panic in work comes out in the caller.
func parallel(n, size int, work func(lo, hi int)) {
	workers := min(runtime.GOMAXPROCS(0), (n+size-1)/size)
	if workers <= 1 {
		if n > 0 {
			work(0, n)
		}
		return
	}
	var next atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					failed.CompareAndSwap(nil, panicked{r})
				}
			}()
			for {
				hi := int(next.Add(int64(size)))
				lo := hi - size
				if lo >= n {
					return
				}
				work(lo, min(hi, n))
			}
		})
	}
	wg.Wait()
	if p, ok := failed.Load().(panicked); ok {
		panic(p.value)
	}
}

type panicked struct{ value any }
