//go:build linux || darwin

package worker

import "golang.org/x/sys/unix"

// cpuClock is the clock of the time spent on the CPU, of the calling thread for one thread and of the
// process for more, with its name.
func cpuClock(threads int) (func() int64, string) {
	id, name := int32(unix.CLOCK_THREAD_CPUTIME_ID), "thread"
	if threads > 1 {
		id, name = int32(unix.CLOCK_PROCESS_CPUTIME_ID), "process"
	}
	var now unix.Timespec
	if err := unix.ClockGettime(id, &now); err != nil {
		return nil, CPUUnavailable
	}
	return func() int64 {
		_ = unix.ClockGettime(id, &now) // it succeeded above
		return now.Nano()
	}, name
}
