//go:build !unix

package bench

import (
	"os"
	"os/exec"
)

// detach does nothing: there are no process groups here.
func detach(*exec.Cmd) {}

// killGroup ends the process.
func killGroup(p *os.Process) {
	_ = p.Kill() // it fails when the process has ended
}
