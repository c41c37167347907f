package main

import "syscall"

// engineMemory is what the engine may have of its own: a mutant may ask for any amount.
const engineMemory = 3 << 30

// limitMemory has this process get no more memory than the engine may have.
func limitMemory() error {
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: engineMemory, Max: engineMemory})
}
