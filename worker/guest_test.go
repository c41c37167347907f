package worker

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// guestEnv makes this test binary a worker whose engine does at one of its calls what the value says: "CALL DEED",
// such as "run crash".
const guestEnv = "ACDEPLOY_GUEST_TEST"

// beGuest serves as such a worker.
func beGuest(value string) {
	call, deed, _ := strings.Cut(value, " ")
	open := func(context.Context, BackendSpec) (backends.Backend, error) { return rude{call, deed}, nil }
	if err := Serve(context.Background(), os.Stdin, os.Stdout, open); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// rude is an engine that does something at a call.
type rude struct{ call, deed string }

func (r rude) at(ctx context.Context, call string) {
	if r.call != call {
		return
	}
	switch r.deed {
	case "panic":
		panic("out of cheese")
	case "exit":
		os.Exit(0)
	case "kill":
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		time.Sleep(time.Minute)
	case "hang":
		time.Sleep(time.Minute)
	case "flood":
		for {
			_, _ = io.WriteString(os.Stderr, strings.Repeat("noise\n", 1000))
		}
	case "wait": // gives up when nobody waits for it
		<-ctx.Done()
	}
}

func (rude) Describe() backends.Description {
	return backends.Description{Name: "rude", Library: "/lib/librude.so", Version: "1"}
}

func (r rude) Check(ctx context.Context) error { r.at(ctx, "check"); return nil }

func (r rude) Open(ctx context.Context, m backends.Model, tuning backends.Tuning) (backends.Session, error) {
	if r.at(ctx, "open"); m.Name == "bad.onnx" {
		return nil, errors.New("open bad.onnx: no")
	}
	r.at(ctx, "open "+m.Name)
	return rudeSession{r, m.Name, tuning}, nil
}

type rudeSession struct {
	rude
	model  string
	tuning backends.Tuning
}

func (s rudeSession) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	s.at(ctx, "run")
	s.at(ctx, "run_"+s.model)
	if len(in) == 0 {
		return nil, errors.New("run: no inputs")
	}
	return tensor.Map{"y": in["x"], "model": tensor.Of([]int64{}, int64(len(s.model)+len(s.tuning.Optimization)))}, nil
}

func (rudeSession) Close() error { return nil }

// guest is a rude engine in workers of its own.
func guest(t *testing.T, value string, timeout time.Duration) *Guest {
	t.Helper()
	t.Setenv(guestEnv, value)
	self, err := os.Executable()
	if err != nil {
		t.Skip("the test binary cannot be found to start workers from:", err)
	}
	spec := func(backends.Backend) (BackendSpec, error) { return BackendSpec{Name: "rude"}, nil }
	g := NewGuest(rude{}, spec, Command(self), timeout)
	t.Cleanup(func() { _ = g.Close() })
	return g
}

func one() tensor.Map { return tensor.Map{"x": tensor.Of([]int64{2}, float32(1), 2)} }

// A guest answers as the engine does, and models that are open at the same time do not share a worker.
func TestGuest(t *testing.T) {
	g := guest(t, "never", time.Minute)
	ctx := t.Context()
	if err := g.Check(ctx); err != nil {
		t.Fatal(err)
	}
	if d := g.Describe(); d.Version != "1" {
		t.Errorf("described as %+v", d)
	}
	a, err := g.Open(ctx, backends.Model{Name: "a"}, backends.Tuning{Optimization: "none"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := g.Open(ctx, backends.Model{Name: "bb"}, backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[backends.Session]int64{a: 5, b: 2} {
		out, err := s.Run(ctx, one())
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := out["model"].Int64s(); len(got) != 1 || got[0] != want || out["y"].Len() != 2 {
			t.Errorf("answered %v", got)
		}
	}
	if a.(*guestSession).worker == b.(*guestSession).worker {
		t.Error("two open models share a worker")
	}
	if _, err := a.Run(ctx, nil); err == nil || !strings.Contains(err.Error(), "run: no inputs") {
		t.Errorf("what the engine refuses is %v", err)
	}
	for range 2 {
		if err := errors.Join(a.Close(), b.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Run(ctx, one()); err == nil {
		t.Error("a closed session ran")
	}
	if _, err := g.Open(ctx, backends.Model{Name: "bad.onnx"}, backends.Tuning{}); err == nil || err.Error() != "open bad.onnx: no" {
		t.Errorf("what the engine refuses is %v", err)
	}
	if len(g.idle) != 2 {
		t.Errorf("%d workers are kept, want the two that were started", len(g.idle))
	}
}

// TestReliability2GuestsThatMisbehave has an engine take its worker along, at each of its calls: the caller goes on, and is told in one line.
func TestReliability2GuestsThatMisbehave(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0") // under the race detector a process waits for a second before it exits
	says := map[string]string{
		"panic": "rude (library /lib/librude.so) crashed (exit status 2: panic: out of cheese",
		"exit":  "rude (library /lib/librude.so) ended the process it ran in (exit status 0)",
		"kill":  "rude (library /lib/librude.so) crashed (signal: killed",
		"hang":  "rude (library /lib/librude.so) did not answer within 500ms and was ended (the limit is --timeout, bench.timeout)",
		"flood": "rude (library /lib/librude.so) did not answer within 500ms and was ended (the limit is --timeout, bench.timeout)",
	}
	while := map[string]string{"check": " while it loaded", "open": " while it opened m.onnx", "run": " while it ran m.onnx"}
	for deed, how := range says {
		for call, doing := range while {
			t.Run(call+" "+deed, func(t *testing.T) {
				g := guest(t, call+" "+deed, 500*time.Millisecond)
				err := g.Check(t.Context())
				if call == "check" {
					if !errors.Is(err, backends.ErrUnavailable) {
						t.Fatalf("the engine is not absent: %v", err)
					}
				} else {
					err = openAndRun(t, g)
				}
				if err == nil || !strings.HasPrefix(err.Error(), how) || !strings.Contains(err.Error(), doing) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want %q and %q", err, how, doing)
				}
			})
		}
	}
}

// patient is a rude engine that has a minute for each call.
type patient struct{ rude }

func (patient) Patience() time.Duration { return time.Minute }

// An engine that hangs when it is asked whether it is there is given up after the timeout, however long its models may take.
func TestPatienceIsForModels(t *testing.T) {
	g := guest(t, "check hang", 500*time.Millisecond)
	g.local = patient{}
	if err := g.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "did not answer within 500ms") {
		t.Errorf("got %v", err)
	}
	t.Setenv(guestEnv, "never")
	w, err := g.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer g.keep(w)
	if w.timeout != time.Minute {
		t.Errorf("a model has %s, want the minute that the engine asks for", w.timeout)
	}
}

// openAndRun opens a model and runs it, twice: what is lost stays lost.
func openAndRun(t *testing.T, g *Guest) error {
	t.Helper()
	s, err := g.Open(t.Context(), backends.Model{Name: "m.onnx"}, backends.Tuning{})
	if err != nil {
		return err
	}
	_, err = s.Run(t.Context(), one())
	if _, again := s.Run(t.Context(), one()); again == nil || err == nil || again.Error() != err.Error() {
		t.Errorf("first %v, then %v", err, again)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	return err
}

// A model that takes its worker along leaves those of the others alone.
func TestReliability2OneModelLeavesTheOthersAlone(t *testing.T) {
	g := guest(t, "run_b panic", time.Minute)
	a, err := g.Open(t.Context(), backends.Model{Name: "a"}, backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := g.Open(t.Context(), backends.Model{Name: "b"}, backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Run(t.Context(), one()); err == nil {
		t.Fatal("the second did not fail")
	}
	if _, err := a.Run(t.Context(), one()); err != nil {
		t.Errorf("the first: %v", err)
	}
	if err := errors.Join(a.Close(), b.Close(), g.Check(t.Context())); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"c", "d"} { // neither gets the worker that is dead
		s, err := g.Open(t.Context(), backends.Model{Name: name}, backends.Tuning{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		if _, err := s.Run(t.Context(), one()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReliability2WorkersEndWithTheirParent closes the standard input of a worker, as the end of its parent does, while its engine works:
// whether or not the engine gives up, the worker ends.
func TestReliability2WorkersEndWithTheirParent(t *testing.T) {
	for _, deed := range []string{"wait", "hang"} {
		t.Run(deed, func(t *testing.T) {
			t.Setenv(guestEnv, "check "+deed)
			cmd := exec.Command(os.Args[0])
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(in, `{"op":"check","check":{"backend":{"name":"rude"}}}`+"\n"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(200 * time.Millisecond) // until it is in the call, most likely; the test holds either way
			_ = in.Close()
			late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
			ended := cmd.Wait()
			if !late.Stop() {
				t.Error("the worker goes on without its parent")
			}
			if gaveUp := ended == nil; gaveUp != (deed == "wait") {
				t.Errorf("the engine gave up: %t, %v", gaveUp, ended)
			}
		})
	}
}
