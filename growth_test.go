package acdeploy_test

import (
	"regexp"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
)

// sharing is a network whose convolutions all read one weight, each with a batch normalisation of its own.
func sharing(t *testing.T, channels int64, convolutions int) *graph.Model {
	t.Helper()
	n := newNet(t, tensor.Float32, 1, channels, 2, 2)
	next := 0.0
	draw := func() float64 { next++; return 1 + 1/next }
	w := n.drawn(func() float64 { return 0.01 }, channels, channels, 3, 3)
	y := n.x
	for range convolutions {
		y = n.node("Conv", y, w)
		y.Producer().SetAttr(graph.IntsAttr("pads", 1, 1, 1, 1))
		y = n.node("BatchNormalization", y, n.drawn(draw, channels), n.drawn(draw, channels), n.drawn(draw, channels), n.drawn(draw, channels))
		y = n.node("Relu", y)
	}
	return n.output(y)
}

// TestReliability11Growth folds 300 batch normalisations into convolutions that share their weight: each would get one of
// its own, and the file would be 120 times as large. It is refused, unless that is allowed.
func TestReliability11Growth(t *testing.T) {
	path := saved(t, "sharing.onnx", sharing(t, 96, 300))
	source, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	said := regexp.MustCompile(`^fuse .*sharing\.onnx: its constants would grow from 792\.6 kB to 9\d\.\d MB, because 300 nodes share "c", ` +
		`and a fold into a node gives it one of its own; --max-growth (\d+), or max_growth in a configuration, allows it$`)
	for allowed, refused := range map[float64]bool{2: true, 1: true, 300: false, 0: false} {
		cfg := config(t, path)
		cfg.MaxGrowth = allowed
		job, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = job.Fuse(t.Context(), source)
		if (err != nil) != refused || refused && (!said.MatchString(err.Error()) || acdeploy.ExitCode(err) != acdeploy.ExitFailed) {
			t.Errorf("with %g: %v", allowed, err)
		}
	}
}

// TestReliability11GrowthOfSmall lets a small model grow: what it takes is no matter.
func TestReliability11GrowthOfSmall(t *testing.T) {
	path := saved(t, "small.onnx", sharing(t, 4, 30))
	source, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	job, err := acdeploy.NewJob(config(t, path), toolbox(), acdeploy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := job.Fuse(t.Context(), source); err != nil {
		t.Error(err)
	}
}
