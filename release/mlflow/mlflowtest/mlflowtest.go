// Package mlflowtest starts MLflow's own tracking server for tests: SQLite, files through the server, loopback only.
package mlflowtest

import (
	"context"
	_ "embed" // of the program that starts the server
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Version is the version of MLflow. The same one is in .ci/release-tools.
const Version = "3.17.2"

//go:embed server.py
var program string

// patience is how long a busy machine may take to start the server.
const patience = 5 * time.Minute

// Server is a server that ends with the test.
type Server struct {
	URL string // its address
	log string
}

// Python is the interpreter that has MLflow, onnx and onnxruntime. The test is skipped where it is not installed.
func Python(tb testing.TB) string {
	tb.Helper()
	_, file, _, _ := runtime.Caller(0)
	python := filepath.Join(filepath.Dir(file), "..", "..", "..", ".tools", "mlflow-"+Version, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		tb.Skipf("MLflow %s is not installed; make release-tools installs it", Version)
	}
	return python
}

// Start starts a server with nothing in it.
func Start(tb testing.TB) Server {
	tb.Helper()
	python, dir := Python(tb), tb.TempDir()
	s := Server{log: filepath.Join(dir, "log")}
	port := freePort(tb)
	s.URL = "http://127.0.0.1:" + port
	log, err := os.Create(s.log)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = log.Close() }() // the server has its own
	cmd := exec.Command(python, "-c", program, dir, port)
	cmd.Stdout, cmd.Stderr, cmd.Env = log, log, Environment()
	alive, err := cmd.StdinPipe() // whose end ends the server, also when the test is killed
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	tb.Cleanup(func() {
		_ = alive.Close()
		<-ended
	})
	s.await(tb, ended)
	return s
}

// Environment is that of this process without what would have MLflow ask others.
func Environment() []string {
	env := []string{"MLFLOW_DISABLE_TELEMETRY=true", "DO_NOT_TRACK=true", "GIT_PYTHON_REFRESH=quiet"}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "MLFLOW_") && !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			env = append(env, v)
		}
	}
	return env
}

func freePort(tb testing.TB) string {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
	return port
}

// await waits until the server answers.
func (s Server) await(tb testing.TB, ended <-chan struct{}) {
	tb.Helper()
	for start := time.Now(); time.Since(start) < patience; {
		select {
		case <-ended:
			tb.Fatalf("MLflow ended at once: %s", s.Log())
		case <-time.After(200 * time.Millisecond):
		}
		if answer, err := http.Get(s.URL + "/health"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
	}
	tb.Skipf("MLflow did not start within %v on this machine: %s", patience, s.Log())
}

// Log is the end of what the server said.
func (s Server) Log() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// Run runs a program of Python with MLflow's own client on the server, and returns what it prints.
func (s Server) Run(tb testing.TB, program string, args ...string) string {
	tb.Helper()
	cmd := exec.Command(Python(tb), append([]string{"-c", program}, args...)...)
	cmd.Env = append(Environment(), "MLFLOW_TRACKING_URI="+s.URL)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		tb.Fatal(fmt.Errorf("%w: %s", err, said.String()))
	}
	return string(out)
}
