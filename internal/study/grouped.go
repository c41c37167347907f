package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/ledger"
	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// parts is a Split, a 3×3 convolution of each part and a Concat.
type parts struct{ groups, channels, size int64 }

// model builds it, as trained or as one convolution with groups.
func (p parts) model(ctx context.Context, grouped bool) (*graph.Model, error) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	g.Name = "parts"
	shape := []int64{1, p.channels, p.size, p.size}
	typ := graph.Type{Elem: tensor.Float32, Ranked: true}
	for _, n := range shape {
		typ.Shape = append(typ.Shape, tensor.Dim{Size: n})
	}
	x, err := g.AddInput("x", typ)
	if err != nil {
		return nil, err
	}
	each := p.channels / p.groups
	split := graph.NewNode("Split", x)
	split.SetAttr(graph.IntAttr("axis", 1))
	g.Append(split)
	concat := graph.NewNode("Concat")
	concat.SetAttr(graph.IntAttr("axis", 1))
	for range p.groups {
		part := g.NewValue("part")
		if err := split.AddOutput(part); err != nil {
			return nil, err
		}
		numbers := make([]float32, each*each*9)
		for i := range numbers {
			numbers[i] = float32(i%7-3) / float32(each)
		}
		conv := graph.NewNode("Conv", part, g.NewInitializer("w", tensor.Of([]int64{each, each, 3, 3}, numbers...)))
		conv.SetAttr(graph.IntsAttr("pads", 1, 1, 1, 1))
		conv.TakeOutput(g.NewValue("y"))
		g.Append(conv)
		concat.AddInput(conv.Output(0))
	}
	concat.TakeOutput(g.NewValue("out"))
	concat.Output(0).SetType(typ)
	g.Append(concat)
	g.AddOutput(concat.Output(0))
	if !grouped {
		return m, nil
	}
	_, err = pipeline.Run(ctx, g, []pipeline.Step{{Name: "fuse_branches", Pass: &passes.FuseBranches{Grouped: true}}}, pipeline.Options{})
	return m, err
}

// open makes a model ready to run over one input.
func (p parts) open(ctx context.Context, folder string, grouped bool) (backends.Bound, func() error, error) {
	m, err := p.model(ctx, grouped)
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(folder, fmt.Sprint(grouped)+".onnx")
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, err
	}
	_, err = onnx.Encode(f, m)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, nil, err
	}
	shape := []int64{1, p.channels, p.size, p.size}
	var dims []tensor.Dim
	for _, n := range shape {
		dims = append(dims, tensor.Dim{Size: n})
	}
	spec := func(name string) []tensor.Spec {
		return []tensor.Spec{{Name: name, Type: tensor.Float32, Shape: dims, Ranked: true}}
	}
	s, err := ort.New().Open(ctx, backends.Model{Name: path, Path: path, Inputs: spec("x"), Outputs: spec("out")}, backends.Tuning{})
	if err != nil {
		return nil, nil, err
	}
	bound, err := s.(backends.Binder).Bind(ctx, tensor.Map{"x": tensor.Of(shape, make([]float32, p.channels*p.size*p.size)...)})
	return bound, s.Close, err
}

// times is what a run takes in each of two arms, in pairs of turns that alternate.
type times struct{ apart, grouped []float64 } // microseconds

func (p parts) measure(ctx context.Context, pairs int) (t times, err error) {
	folder, err := os.MkdirTemp("", "grouped")
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	var arms [2]backends.Bound
	for i := range arms {
		bound, closeSession, err := p.open(ctx, folder, i == 1)
		if err != nil {
			return t, err
		}
		defer func() { err = errors.Join(err, closeSession()) }()
		arms[i] = bound
	}
	const turn = 4 * time.Millisecond
	run := func(arm int) (float64, error) {
		least := time.Duration(1 << 62) // of the runs of a turn: others of the machine's programs make some slower, none faster
		for begin := time.Now(); time.Since(begin) < turn; {
			start := time.Now()
			if err := arms[arm].Run(); err != nil {
				return 0, err
			}
			least = min(least, time.Since(start))
		}
		return float64(least.Nanoseconds()) / 1000, nil
	}
	for i := -2; i < pairs; i++ { // the first ones warm up
		var pair [2]float64
		for k := range 2 {
			arm := (i + k) & 1
			if pair[arm], err = run(arm); err != nil || ctx.Err() != nil {
				return t, errors.Join(err, ctx.Err())
			}
		}
		if i >= 0 {
			t.apart, t.grouped = append(t.apart, pair[0]), append(t.grouped, pair[1])
		}
	}
	return t, nil
}

// ratio is how long the convolution with groups takes relative to those apart, with its 95 % interval.
func (t times) ratio() (float64, stats.Interval) {
	var ratios []float64
	for i := range t.apart {
		ratios = append(ratios, t.grouped[i]/t.apart[i])
	}
	return stats.Median(ratios), stats.HodgesLehmann(ratios, 0.95)
}

// measureGrouped writes the page about convolutions with groups.
func measureGrouped(ctx context.Context, path string, pairs int) error {
	engine := ort.New()
	if err := engine.Check(ctx); err != nil {
		return err
	}
	facts := host.Read(ctx)
	var p ledger.Page
	p.Line("# Split, a convolution of each part, Concat: as one convolution with groups")
	p.Line("")
	p.Line("A Split into equal parts, a 3×3 convolution of each and a Concat are the same function as one convolution with")
	p.Line("groups, at the same multiply-adds. The option `grouped` of fuse_branches writes it so. Whether that is faster is")
	p.Line("up to the runtime: here onnxruntime %s on the CPU with one thread, batch 1, float32.", engine.Describe().Version)
	p.Line("")
	p.Line("The machine: %s, %d hardware threads; %s programs ran on average in the minute before.", facts.CPU.Brand, facts.CPU.LogicalCores, facts.Load.Average1)
	p.Line("The two arms ran in turns of 4 ms, %d of each in pairs whose order alternates, and the fastest run of a turn", pairs)
	p.Line("counts, so that other programs matter little. The ratio is the time with groups divided by the time apart, the")
	p.Line("median over the pairs, with its 95 %% interval.")
	p.Line("")
	p.Line("`make grouped-study` writes this page again.")
	p.Line("")
	p.Head("groups × channels of each, size", "apart µs", "with groups µs", "ratio", "interval")
	const margin = 1.03
	slower, maybe, count := 0, 0, 0
	for _, groups := range []int64{2, 4, 8} {
		for _, channels := range []int64{32, 64, 128, 256} {
			for _, size := range []int64{7, 14, 28, 56} {
				t, err := parts{groups, channels, size}.measure(ctx, pairs)
				if err != nil {
					return err
				}
				ratio, i := t.ratio()
				count++
				switch {
				case i.Low > margin:
					slower++
				case i.High > margin:
					maybe++
				}
				p.Row(fmt.Sprintf("%d × %d, %d×%d", groups, channels/groups, size, size), micros(t.apart), micros(t.grouped),
					fmt.Sprintf("%.2f", ratio), fmt.Sprintf("%.2f … %.2f", i.Low, i.High))
			}
		}
	}
	p.Line("")
	p.Line("Of %d rows, %d are slower by more than 3 %%, and %d may be: their interval reaches beyond 1.03.", count, slower, maybe)
	if slower+maybe > 0 {
		p.Line("So the option is off by default.")
	}
	return os.WriteFile(path, []byte(strings.TrimRight(p.String(), "\n")+"\n"), 0o644)
}

// micros is the median of times.
func micros(t []float64) string {
	return fmt.Sprintf("%.0f", stats.Median(slices.Clone(t)))
}
