package osfile

import "os/exec"

// DieWithParent asks the system to end a program, which has not started yet, as soon as the thread that starts it
// ends. So the caller holds its thread, by [runtime.LockOSThread], until the program has ended. Only Linux
// can do it; elsewhere nothing changes, and the caller ends the program when its own standard input closes.
func DieWithParent(cmd *exec.Cmd) { dieWithParent(cmd) }
