package osfile

import (
	"os"
	"os/exec"
)

// NewGroup puts a program that has not started yet into a process group of its own: an interrupt of the
// terminal does not reach it. Systems without process groups do nothing.
func NewGroup(cmd *exec.Cmd) { newGroup(cmd) }

// KillGroup ends a program that [NewGroup] prepared, and everything that it started. Where there are no
// process groups it ends the program alone. It is an error when all of them have ended.
func KillGroup(p *os.Process) error { return killGroup(p) }

// KillOwnGroup ends this process and everything that it started in its process group, if the group is its own.
func KillOwnGroup() { killOwnGroup() }

// TakeStdout returns the standard output of the process as a file that nothing else writes to: what libraries print
// there goes to standard error from now on. Systems other than Linux return it as it is.
func TakeStdout() (*os.File, error) { return takeStdout() }

// Signal names the signal that ended a program; "" when none did.
func Signal(state *os.ProcessState) string { return signal(state) }

// DieWithParent asks the system to end a program, which has not started yet, as soon as the thread that starts it
// ends. So the caller holds its thread, by [runtime.LockOSThread], until the program has ended. Only Linux
// can do it; elsewhere nothing changes, and the caller ends the program when its own standard input closes.
func DieWithParent(cmd *exec.Cmd) { dieWithParent(cmd) }
