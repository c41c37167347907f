package bench_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/host"
)

func TestCrowded(t *testing.T) {
	const half, free = "50000 100000", "max 100000"
	all := runtime.NumCPU()
	for name, c := range map[string]struct {
		threads, streams int
		quota            string
		want             []string
	}{
		"fits":                     {all, 0, free, nil},
		"fits where it is unknown": {all, 1, host.Unavailable, nil},
		"threads":                  {all + 1, 0, free, []string{"threads are more than"}},
		"a quota":                  {1, 0, half, []string{"1 threads are more than a quota of 0.5 processors"}},
		"streams":                  {all, 2, free, []string{"2 streams of"}},
		"both":                     {all + 1, 2, free, []string{"threads are more", "2 streams of"}},
	} {
		got := bench.Options{Threads: c.threads, Streams: c.streams}.Crowded(host.Limits{CPUQuota: c.quota})
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i, w := range c.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: %q does not say %q", name, got[i], w)
			}
		}
	}
}
