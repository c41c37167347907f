// Package osfile holds what several rooms ask of the operating system, each once:
//
//	digest.go    SHA-256 of a file, and whether a file holds the bytes that would be written
//	replace.go   a file that is replaced whole or not at all
//	files.go     what can fail when files are written and mapped, so that tests can make it fail
//	leftover.go  temporary files: that their writer lives, and what a killed one left
//	scratch.go   folders for what goes with the process
//	exposed.go   who may change a file
//	stamp.go     whether a file is still the one that was read
//	lock.go      a lock between processes, on a file, on a folder or on a name
//	process.go   a program that is killed together with everything that it started
//	text.go      text as other programs save it
//	cause.go     what the system says is wrong, without the path that the caller names itself
//
// It knows nothing of models, engines or reports.
package osfile
