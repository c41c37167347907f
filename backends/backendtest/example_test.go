package backendtest_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/backendtest"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/tensor"
)

// hasty is an engine with a fault: every answer is zero.
type hasty struct{ *reference.Reference }

func (h hasty) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	s, err := h.Reference.Open(ctx, m, t)
	return zeros{s}, err
}

type zeros struct{ backends.Session }

func (z zeros) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	out, err := z.Session.Run(ctx, in)
	for name, t := range out {
		out[name] = tensor.Of(t.Shape(), make([]float32, t.Len())...)
	}
	return out, err
}

// An engine that keeps its promises passes, and one that does not is told which it broke. In a test of an engine
// of your own, Run makes a sub-test of each promise.
func ExampleCheck() {
	dir, err := os.MkdirTemp("", "backendtest")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	claims := backendtest.Claims{Types: []tensor.Type{tensor.Float32}, Tolerance: 1e-6}
	fmt.Println(backendtest.Check(context.Background(), reference.New(), claims, dir))
	broken := backendtest.Check(context.Background(), hasty{reference.New()}, claims, dir)
	promise, _, _ := strings.Cut(broken.Error(), ":")
	fmt.Println(promise)
	// Output:
	// <nil>
	// answers_as_reference
}
