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

// TestReliability10CopiesOfAKilledVerify kills verify while an engine has a copy of a model open that was written for it. A later
// verify removes the copy, once it is old; until then doctor names it.
func TestReliability10CopiesOfAKilledVerify(t *testing.T) {
	dir, temp := t.TempDir(), t.TempDir()
	acdeploy, trained, fused := program(t), filepath.Join(dir, "net.onnx"), filepath.Join(dir, "fused.onnx")
	command := func(deed string, args ...string) *exec.Cmd {
		cmd := exec.Command(acdeploy, args...)
		cmd.Env = append(os.Environ(), rudeVariable+"="+deed, "TMPDIR="+temp, "ACDEPLOY_ORT_LIB=", "ORT_DYLIB_PATH="+filepath.Join(dir, "absent.so"))
		return cmd
	}
	said := func(args ...string) string {
		out, err := command("", args...).CombinedOutput()
		if err != nil && args[0] != "doctor" { // it misses ONNX Runtime
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	said("zoo", "cifar_quick", "--branched", "-o", trained)
	said("fuse", trained, "-o", fused)
	copies := func() []string {
		found, _ := filepath.Glob(filepath.Join(temp, ".acdeploy-*", "*.onnx")) // the pattern is a good one
		return found
	}
	killed := command("copy hang", "verify", trained, fused, "--backend", "rude")
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	written := within(func() bool { return len(copies()) > 0 })
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait() // it was killed
	if !written {
		t.Fatal("verify wrote no copy")
	}
	folder := filepath.Dir(copies()[0])
	said("verify", trained, fused, "--backend", "reference")
	if text := said("doctor"); len(copies()) != 1 || !strings.Contains(text, folder) {
		t.Errorf("what is young is not there, or not named: %s", text)
	}
	past := time.Now().Add(-time.Hour)
	inside, err := filepath.Glob(filepath.Join(folder, "*")) // with what waits for its name where the kill came before that
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(inside, folder) {
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
	}
	said("verify", trained, fused, "--backend", "reference")
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
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
