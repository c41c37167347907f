package bench

import (
	"fmt"

	"github.com/acdeploy/acdeploy/internal/host"
)

// Crowded says which options ask for more threads at once than there are processors for them: the threads then wait for
// each other, and the latency is that of the waiting.
func (o Options) Crowded(l host.Limits) []string {
	has := l.Processors()
	about := fmt.Sprintf("%.3g processors", has)
	if has == 1 {
		about = "1 processor"
	}
	if quota, limited := l.Quota(); limited && quota <= has {
		about = fmt.Sprintf("a quota of %s", about)
	}
	var found []string
	if float64(o.Threads) > has {
		found = append(found, fmt.Sprintf("%d threads are more than %s can run at once: the latencies will be those of threads that wait for each other", o.Threads, about))
	}
	if n := o.Streams * o.Threads; o.Streams > 1 && float64(n) > has {
		found = append(found, fmt.Sprintf("%d streams of %d threads are more than %s can run at once: the throughput will be that of streams that wait for each other", o.Streams, o.Threads, about))
	}
	return found
}
