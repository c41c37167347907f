package worker

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// binding is an engine whose sessions bind their inputs, and that fails where it is told to.
type binding struct {
	*fake
	fails  string // bind, run or outputs
	closed int
}

func (b *binding) Open(_ context.Context, m backends.Model, _ backends.Tuning) (backends.Session, error) {
	if b.fails == "open" {
		return nil, errors.New("no memory")
	}
	return &bound{&fakeSession{b.fake, m}, b, 0}, nil
}

type bound struct {
	*fakeSession
	engine *binding
	runs   int
}

func (b *bound) Bind(context.Context, tensor.Map) (backends.Bound, error) {
	if b.engine.fails == "bind" {
		return nil, errors.New("no memory")
	}
	return boundRun{b}, nil
}

func (b *bound) Close() error { b.engine.closed++; return nil }

type boundRun struct{ *bound }

func (b boundRun) Run() error {
	if b.runs++; b.engine.fails == "run" {
		return errors.New("no memory")
	}
	return nil
}

func (b boundRun) Outputs() (tensor.Map, error) {
	if b.engine.fails == "outputs" {
		return nil, errors.New("no memory")
	}
	return tensor.Map{"y": tensor.Of([]int64{1}, float32(1))}, nil
}

// A session that cannot be used is closed, and the error says what was tried.
func TestArmsThatCannotBeOpened(t *testing.T) {
	for fails, want := range map[string]string{
		"open":    "open m: no memory",
		"bind":    "bind inputs of m: no memory",
		"run":     "run m: no memory",
		"outputs": "read outputs of m: no memory",
	} {
		e := &binding{fake: &fake{}, fails: fails}
		replies := talk(t, e.server(e), checking(), opening("m"))
		if got := replies[1].Error; !strings.Contains(got, want) {
			t.Errorf("%s: error %q, want %q", fails, got, want)
		}
		if opened := fails != "open"; opened != (e.closed == 1) {
			t.Errorf("%s: closed %d times", fails, e.closed)
		}
	}
}

// The bound run is what is timed, and not the session's own.
func TestBoundRunsAreTimed(t *testing.T) {
	e := &binding{fake: &fake{latency: map[string]int64{"m": 1000}}}
	replies := talk(t, e.server(e), checking(), opening("m"), timing(3, 0))
	if got := replies[2].Times; got == nil || e.now != 0 {
		t.Errorf("%+v; %d ns passed in the session's own runs", replies[2], e.now)
	}
}
