package backends_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// doubled writes a model that doubles four numbers, and says what its file declares.
func doubled(dir string) (backends.Model, error) {
	b := graphtest.New(17)
	m := b.Outputs(b.Node("Mul", []*graph.Value{b.Input("x", 4), b.Floats(nil, 2)}))
	path := filepath.Join(dir, "doubled.onnx")
	file, err := os.Create(path)
	if err != nil {
		return backends.Model{}, err
	}
	if _, err := onnx.Encode(file, m); err != nil {
		return backends.Model{}, errors.Join(err, file.Close())
	}
	return backends.Model{
		Name: "doubled", Path: path,
		Inputs: onnx.Specs(m.Graph.Inputs()), Outputs: onnx.Specs(m.Graph.Outputs()),
	}, file.Close()
}

// An engine is asked whether it can be used here, opens a model, and runs it as often as anybody likes.
func Example() {
	dir, err := os.MkdirTemp("", "backends")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	model, err := doubled(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	var engine backends.Backend = reference.New()
	if err := engine.Check(ctx); err != nil {
		fmt.Println(err)
		return
	}
	session, err := engine.Open(ctx, model, backends.Tuning{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = session.Close() }()
	out, err := session.Run(ctx, tensor.Map{"x": tensor.Of([]int64{4}, float32(1), 2, 3, 4)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for name, t := range out {
		fmt.Println(engine.Describe().Name, name, t.Type(), t.Float64s())
	}
	// Output: reference Mul float [2 4 6 8]
}

// absent is an engine whose program nobody installed.
type absent struct{}

func (absent) Describe() backends.Description { return backends.Description{Name: "absent"} }

func (absent) Check(context.Context) error {
	return &backends.Unavailable{Reason: "the program fastnet is not here", Remedy: "install it with: apt-get install fastnet"}
}

func (a absent) Open(ctx context.Context, _ backends.Model, _ backends.Tuning) (backends.Session, error) {
	return nil, a.Check(ctx)
}

// An engine that is not there is a skip with a reason and a remedy, not a failure. Any other error is one.
func ExampleSkipOf() {
	engine := absent{}
	err := engine.Check(context.Background())
	if skip, ok := backends.SkipOf(engine.Describe().Name, "", err); ok {
		fmt.Printf("%s was not run: %s\n%s\n", skip.Backend, skip.Reason, skip.Remedy)
	}
	_, ok := backends.SkipOf(engine.Describe().Name, "", errors.New("its memory is full"))
	fmt.Println(errors.Is(err, backends.ErrUnavailable), ok)
	// Output:
	// absent was not run: the program fastnet is not here
	// install it with: apt-get install fastnet
	// true false
}

// A knob that an engine does not have is refused by name, so that no setting is ignored in silence.
func ExampleTune() {
	_, err := backends.Tune(reference.New(), backends.Tuning{Threads: 4})
	fmt.Println(err)
	_, able, err := backends.TuneIfAble(reference.New(), backends.Tuning{Threads: 4})
	fmt.Println(able, err)
	lacks, _ := errors.AsType[*backends.Unsupported](backends.Tuning{YieldIdle: true}.Within("mine", backends.KnobThreads, backends.KnobProvider))
	fmt.Println(lacks.Engine, lacks.Knob == backends.KnobYieldIdle, lacks.Has)
	// Output:
	// reference cannot be tuned: it has no threads
	// false <nil>
	// mine true [threads provider]
}

// Two models can be compared only if a caller sees the same inputs and outputs. A size that one of them leaves open fits any.
func ExampleSameInterface() {
	of := func(name string, size int64) backends.Model {
		return backends.Model{Name: name, Inputs: []tensor.Spec{{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: size}, tensor.Fixed(3)}}}}
	}
	fmt.Println(backends.SameInterface(of("a.onnx", -1), of("b.onnx", 8)))
	fmt.Println(backends.SameInterface(of("a.onnx", 1), of("b.onnx", 8)))
	// Output:
	// <nil>
	// compare a.onnx with b.onnx: input "x" is float[1,3] x in the first, float[8,3] x in the second
}
