//go:build !unix

package tensorrt

import (
	"os"
	"os/exec"
)

// detach does nothing: there are no process groups here.
func detach(*exec.Cmd) {}

// killGroup ends the process.
func killGroup(p *os.Process) error { return p.Kill() }

// signalOf is "": processes do not end by signals here.
func signalOf(*os.ProcessState) string { return "" }
