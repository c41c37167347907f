package main

import (
	"os"
	"os/exec"
	"testing"
)

// A worker limits its memory, and ends when nobody asks it anything.
func TestLimitMemory(t *testing.T) {
	if out, err := exec.Command(os.Args[0], workerArgument).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
