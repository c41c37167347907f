package bench

import (
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
)

// idle is a worker whose two arms do nothing, on the real clocks.
func idle() *worker {
	start := time.Now()
	w := &worker{clock: func() int64 { return int64(time.Since(start)) }, cpu: cpuClock}
	for range 2 {
		w.arms = append(w.arms, &arm{model: backends.Model{Name: "idle"}, run: func() error { return nil }})
	}
	w.cpuNow, _ = w.cpu(1)
	return w
}

// A timed loop that allocated would have the collector's work inside the times.
func TestBlockAllocatesNothing(t *testing.T) {
	w := idle()
	seq := order(generator(1, 0, 0, 0), 2, 100)
	times := &blockTimes{Nanoseconds: make([]int64, len(seq)), CPU: make([]int64, 2)}
	if w.cpuNow == nil {
		times.CPU = nil
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = w.time(seq, times) }); n != 0 {
		t.Errorf("%v allocations in a block", n)
	}
}

// The cost of timing one run, most of it outside of the time that is recorded.
func BenchmarkRun(b *testing.B) {
	for name, with := range map[string]bool{"wall": false, "wall and cpu": true} {
		b.Run(name, func(b *testing.B) {
			w := idle()
			seq := make([]int, b.N)
			times := &blockTimes{Nanoseconds: make([]int64, len(seq))}
			if with && w.cpuNow != nil {
				times.CPU = make([]int64, 2)
			}
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := w.time(seq, times); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			sum := int64(0)
			for _, ns := range times.Nanoseconds {
				sum += ns
			}
			b.ReportMetric(float64(sum)/float64(b.N), "recorded-ns/op")
		})
	}
}
