package acdeploy_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/model"
)

// A trained ACNet is fused, saved, and compared with what it was. The bytes of the result are the same on every
// machine.
func ExampleJob() {
	dir, err := os.MkdirTemp("", "acdeploy")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	cfg := configs.Defaults()
	cfg.Model, cfg.Bench.Backends = "examples/cifar_quick/acnet.onnx", nil // no engine: in float64 only
	job, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
	if err != nil {
		panic(err)
	}
	trained, err := model.Open(cfg.Model)
	if err != nil {
		panic(err)
	}
	defer func() { _ = trained.Close() }()
	fused, err := job.Fuse(ctx, trained)
	if err != nil {
		panic(err)
	}
	saved, err := fused.Save(ctx, filepath.Join(dir, "fused.onnx"))
	if err != nil {
		panic(err)
	}
	doc := saved.Document()
	fmt.Printf("Conv %d → %d\n", doc.Before.Ops["Conv"], doc.After.Ops["Conv"])
	found, err := job.Verify(ctx, saved.Pair(), nil)
	if err != nil {
		panic(err)
	}
	fmt.Printf("proof: %s, equal: %v\n", found.Proof, found.Equal)
	// Output:
	// Conv 9 → 3
	// proof: algebra, equal: true
}
