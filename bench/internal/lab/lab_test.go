package lab

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/worker"
)

// measure measures a short job.
func measure(t *testing.T, l *Lab) *bench.Recording {
	t.Helper()
	j := Job("fused")
	j.Options.Units = 2
	rec, err := l.Runner().Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestMeasurementRepeats records the same numbers twice, whatever the machine does meanwhile.
func TestMeasurementRepeats(t *testing.T) {
	first, second := measure(t, Quiet()), measure(t, Quiet())
	if len(first.Settings) == 0 {
		t.Fatal("nothing was recorded")
	}
	if !reflect.DeepEqual(first, second) {
		t.Error("two measurements of one seed differ")
	}
	other := Quiet()
	other.Latency["fused"] *= 2
	if reflect.DeepEqual(first, measure(t, other)) {
		t.Error("a slower model changes nothing")
	}
}

func TestJob(t *testing.T) {
	j := Job("fused", "fast")
	if len(j.Candidates) != 2 || j.Candidates[1].Model.Name != "fast" || j.Baseline.Model.Name != "base" || j.AsTrained.Model.Name != "trained" {
		t.Errorf("got %+v", j)
	}
	if m := Model("fast"); m.Path != "fast.onnx" || len(m.Inputs) != 1 || m.Inputs[0].Name != "x" {
		t.Errorf("got %+v", m)
	}
}

func TestBlock(t *testing.T) {
	for name, c := range map[string]struct {
		req  worker.Request
		want bool
	}{
		"block":   {worker.Request{Time: &worker.TimeRequest{Each: 1}}, true},
		"warm_up": {worker.Request{Time: &worker.TimeRequest{Each: 1, Least: 5}}, false},
		"other":   {worker.Request{Op: "run"}, false},
	} {
		if Block(c.req) != c.want {
			t.Errorf("%s: %t", name, !c.want)
		}
	}
}

// TestTamper hands every request to the test, which may print garbage, end the worker, or change the reply.
func TestTamper(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(n int, req worker.Request, rep *worker.Reply) error
		want   string
	}{
		"garbage": {func(int, worker.Request, *worker.Reply) error { return Garbage("Segmentation fault\n") }, "Segmentation fault"},
		"ended":   {func(int, worker.Request, *worker.Reply) error { return errors.New("gone") }, "worker"},
		"changed": {func(_ int, _ worker.Request, rep *worker.Reply) error { rep.Error = "odd"; return nil }, "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			l := Quiet()
			var asked []string
			l.Tamper = func(n int, req worker.Request, rep *worker.Reply) error {
				asked = append(asked, req.Op)
				return c.tamper(n, req, rep)
			}
			client, err := worker.Start(t.Context(), l.Runner().Launch, 10e9)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Check(t.Context(), worker.CheckRequest{Backend: worker.BackendSpec{Name: "lab"}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if len(asked) != 1 || asked[0] != "check" {
				t.Errorf("it was asked %v", asked)
			}
			l.Tamper = nil
			client.Close(t.Context())
		})
	}
}
