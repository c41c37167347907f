//go:build !unix

package osfile

import (
	"os"
	"os/exec"
)

func newGroup(*exec.Cmd) {}

func killGroup(p *os.Process) error { return p.Kill() }

func killOwnGroup() {}

func signal(*os.ProcessState) string { return "" }
