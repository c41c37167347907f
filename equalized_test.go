package acdeploy_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// A fused network whose channels are equalized by powers of two gives the same bits in ONNX Runtime, as long as that computes what the
// file says.
func TestEqualizedBits(t *testing.T) {
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	cfg := configs.Defaults()
	cfg.Enable = []configs.Component{configs.Named("equalize_channels")}
	steps, err := toolbox().Steps(cfg)
	if err != nil {
		t.Fatal(err)
	}
	networks, err := filepath.Glob(filepath.Join(models(t), "*", "acnet.onnx"))
	if err != nil || len(networks) != 7 {
		t.Fatalf("%d networks, %v", len(networks), err)
	}
	rng := rand.New(rand.NewPCG(1, 9))
	image, err := tensor.Uniform(tensor.Float32, []int64{2, 3, 32, 32}, -2, 2, rng)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range networks {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			saved, source := fuse(t, path, filepath.Join(t.TempDir(), "fused.onnx"))
			defer func() { _ = source.Close() }()
			from, err := model.Open(saved.Document().Output.Path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = from.Close() }()
			equalized, err := acdeploy.Fuse(t.Context(), from, steps, pipeline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			to, err := equalized.Save(t.Context(), filepath.Join(t.TempDir(), "equalized.onnx"))
			if err != nil {
				t.Fatal(err)
			}
			stays := filepath.Base(filepath.Dir(path)) == "densenet40" // its batch normalizations read what several layers have joined
			if (len(to.Document().Rewrites) == 0) != stays {
				t.Fatalf("%d groups were equalized", len(to.Document().Rewrites))
			}
			was, is := answersOf(t, saved.Document().Output.Path, image), answersOf(t, to.Document().Output.Path, image)
			for name, want := range was {
				if !bytes.Equal(want, is[name]) {
					t.Errorf("%s has other bits", name)
				}
			}
		})
	}
}

// answersOf is the bytes that ONNX Runtime gives with its optimizations off.
func answersOf(t *testing.T, path string, image *tensor.Tensor) map[string][]byte {
	t.Helper()
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	s, err := ort.New().Open(t.Context(), backends.Model{Path: path}, backends.Tuning{Optimization: backends.Unoptimized, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	out, err := s.Run(t.Context(), tensor.Map{f.Signature().Inputs[0].Name: image})
	if err != nil {
		t.Fatal(err)
	}
	raw := map[string][]byte{}
	for name, v := range out {
		if raw[name], err = v.Bytes(); err != nil {
			t.Fatal(err)
		}
	}
	return raw
}
