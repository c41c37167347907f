package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReliability2TrtexecEndsWithAcdeploy kills acdeploy while its worker waits for trtexec. Both end too.
func TestReliability2TrtexecEndsWithAcdeploy(t *testing.T) {
	dir := t.TempDir()
	trtexec, pids := filepath.Join(dir, "trtexec"), filepath.Join(dir, "pids")
	script := "#!/bin/sh\necho $$ $PPID >" + pids + ".new && mv " + pids + ".new " + pids + "\nexec sleep 600\n"
	if err := os.WriteFile(trtexec, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t), "doctor", "--timeout", "10m")
	cmd.Env = append(os.Environ(), "ACDEPLOY_TRTEXEC="+trtexec, "ACDEPLOY_ORT_LIB=", "ORT_DYLIB_PATH="+filepath.Join(dir, "absent.so"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var found string
	if !within(func() bool {
		text, err := os.ReadFile(pids)
		found = string(text)
		return err == nil
	}) {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatal("trtexec was not started")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for i, who := range []string{"trtexec", "the worker"} {
		pid := strings.Fields(found)[i]
		if !within(func() bool {
			state, err := os.ReadFile("/proc/" + pid + "/stat")
			return err != nil || strings.Contains(string(state), ") Z ")
		}) {
			t.Errorf("%s, process %s, goes on without acdeploy", who, pid)
			_ = exec.Command("kill", "-9", pid).Run() // so that it does not go on after the test either
		}
	}
}

// within waits until something is so, far longer than it takes.
func within(so func() bool) bool {
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(10 * time.Millisecond) {
		if so() {
			return true
		}
	}
	return false
}
