package worker

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

func TestBadRequestsAreRefused(t *testing.T) {
	f := &fake{latency: map[string]int64{"base": 1000}}
	twice := opening("base", "base")
	twice.Open.Order = []int{0, 0}
	server := f.server(f)
	for i, c := range []struct {
		req Request
		bad bool
	}{
		{opening("base"), true}, // before check
		{checking(), false},
		{timing(1, 0), true}, // before open
		{Request{Op: opRun, Run: &RunRequest{Runs: 1}}, true},
		{twice, true},
		{opening("base"), false},
		{timing(1, 1), true}, // no such arm
		{timing(1, -1), true},
		{timing(1), true},    // nothing to do
		{timing(0, 0), true}, // never
		{Request{Op: opRun, Run: &RunRequest{Runs: 1, Pairs: [][2]int{{0, 9}}}}, true},
		{Request{Op: opSlow}, true}, // of another number of arms
		{Request{Op: "dance"}, true},
		{timing(1, 0), false}, // and on
		{Request{Op: opClose}, false},
	} {
		if got := server.Answer(t.Context(), c.req); (got.Error != "") != c.bad || got.Op != c.req.Op {
			t.Errorf("request %d, %s: error %q", i, c.req.Op, got.Error)
		}
	}
}

func TestWhatIsAbsentIsSaid(t *testing.T) {
	f := &fake{absent: &backends.Unavailable{Reason: "no library", Remedy: "install it"}}
	got := talk(t, f.server(f), checking())[0].Absent
	if got == nil || *got != (absent{"no library", "install it"}) {
		t.Errorf("%+v", got)
	}
}

func TestServeEnds(t *testing.T) {
	open := func(context.Context, BackendSpec) (backends.Backend, error) { return nil, errors.New("never") }
	var out bytes.Buffer
	if err := Serve(t.Context(), strings.NewReader(""), &out, open); err != nil {
		t.Errorf("end of input: %v", err)
	}
	if err := Serve(t.Context(), strings.NewReader("hello\n"), &out, open); err == nil {
		t.Error("garbage was accepted")
	}
	two := `{"op":"check","check":{"backend":{"name":"x"}}}` + "\n" + `{"op":"close"}` + "\n" + "never read\n"
	if err := Serve(t.Context(), strings.NewReader(two), &out, open); err != nil {
		t.Errorf("after close: %v", err)
	}
	if got, want := out.String(), `{"op":"check","error":"never"}`+"\n"+`{"op":"close"}`+"\n"; got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
}
