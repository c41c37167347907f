package worker

import "golang.org/x/sys/unix"

// peakResident is the most memory that this process had resident, in bytes; 0 where it cannot be told.
func peakResident() int64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Maxrss // in bytes on this system
}
