package cli

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/human"
)

// limits says what a container or the like allows this program, and whether its quota ran out so far.
func limits(f host.Facts) check {
	l := f.Limits
	c := check{Name: "limits", State: "ok", Detail: strings.Join([]string{
		"control groups " + l.Cgroup, "quota " + quota(l), "processors " + l.Affinity, "of the group " + l.Cpuset, "memory " + memory(l),
	}, ", ")}
	if l.Cgroup == host.Unavailable && l.MemoryLimit == host.Unavailable {
		c.State, c.Detail = "absent", "no control groups can be read here: whether there are limits is not known"
		return c
	}
	if share, known := f.Load.Share(); known && share > 0 {
		c.Detail += fmt.Sprintf(", throttled in %d of %d periods so far", *f.Load.Throttled, *f.Load.Periods)
		c.State, c.Remedy = "warn", "a latency that is measured while the quota runs out is that of the quota: give the container more processor time"
	}
	return c
}

// quota is a quota as people read it.
func quota(l host.Limits) string {
	n, limited := l.Quota()
	switch {
	case limited:
		return fmt.Sprintf("%.3g processors", n)
	case strings.HasPrefix(l.CPUQuota, host.Unlimited):
		return "none"
	}
	return l.CPUQuota
}

// memory is a memory limit as people read it.
func memory(l host.Limits) string {
	switch n := l.Memory(); {
	case n != nil:
		return human.Bytes(*n)
	case l.MemoryLimit == host.Unlimited:
		return "not limited"
	}
	return l.MemoryLimit
}
