package passes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// TestRandomBlocks fuses blocks from the whole grid. Each keeps its answers to 1e-12 over several small
// sizes, is a fixed point after one run, in memory and as a file, and keeps every other promise of
// passtest. A failing block is made smaller until it passes, and printed.
func TestRandomBlocks(t *testing.T) {
	d := draw(t, "branches, chains and what folds into them", 20_000, blockOpsets())
	blocks := d.Graphs
	var next, ran, rewritten, single atomic.Int64
	var once sync.Once
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(blocks) || t.Failed() {
					return
				}
				b := randomBlock(d.First + uint64(i))
				o, err := testBlock(b)
				if err != nil {
					once.Do(func() { reportBlock(t, b, err) })
					return
				}
				ran.Add(int64(min(o.sizes, 1)))
				d.count(b.Opset, o.rewrites > 0)
				rewritten.Add(int64(min(o.rewrites, 1)))
				single.Add(int64(o.single))
			}
		})
	}
	wait.Wait()
	if t.Failed() {
		return
	}
	t.Logf("%d blocks: %d ran, %d were rewritten, %d became one node", blocks, ran.Load(), rewritten.Load(), single.Load())
	for what, n := range map[string]int64{"ran": ran.Load(), "were rewritten": rewritten.Load()} {
		if n < int64(blocks)*3/4 {
			t.Errorf("only %d of %d blocks %s", n, blocks, what)
		}
	}
	if single.Load() < int64(blocks)/10 {
		t.Errorf("only %d of %d blocks became one node", single.Load(), blocks)
	}
}

// reportBlock prints the smallest block that fails as b does.
func reportBlock(t *testing.T, b block, err error) {
	t.Helper()
	small := shrink(b, func(b block) bool {
		_, err := testBlock(b)
		return err != nil
	})
	_, smallErr := testBlock(small)
	t.Errorf("seed %d: %v\nthe block was\n%v\nthe smallest that fails is\n%v\n%v", b.Seed, first(err), b, small, smallErr)
}

// first is the first line of an error.
func first(err error) string {
	line, _, _ := bytes.Cut([]byte(err.Error()), []byte("\n"))
	return string(line)
}

// outcome is what became of a block.
type outcome struct{ sizes, rewrites, single int }

// errNoGraph is a description that cannot be built.
var errNoGraph = errors.New("no graph")

// testBlock fuses a block with the default pipeline. A block that is no graph, or runs at no size, passes.
func testBlock(b block) (o outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	before, err := tryBuild(b)
	if err != nil {
		return o, nil //nolint:nilerr // there is nothing to test
	}
	after, result, err := passtest.Check(b.build, defaults())
	if err != nil {
		return o, err
	}
	if o.rewrites = result.Rewrites(); after.Graph.Len() == 1 {
		o.single = 1
	}
	if err := sameFileAgain(after); err != nil {
		return o, fmt.Errorf("%w\n%s", err, passtest.Text(after))
	}
	if o.rewrites == 0 {
		o.sizes = 1
		return o, nil
	}
	o.sizes, err = b.sameAnswers(before, after)
	return o, err
}

// promises fuses a block with any steps.
func (b block) promises(steps []pipeline.Step) error {
	before, err := tryBuild(b)
	if err != nil {
		return nil //nolint:nilerr // there is nothing to test
	}
	after, _, err := passtest.Check(b.build, steps)
	if err != nil {
		return err
	}
	_, err = b.sameAnswers(before, after)
	return err
}

// sameAnswers compares at up to three sizes, and returns at how many the block ran.
func (b block) sameAnswers(before, after *graph.Model) (sizes int, err error) {
	for i, shape := range b.shapes() {
		err := passtest.Equal(before, after, passtest.Inputs(before, [][]int64{shape}, uint64(i)))
		if errors.Is(err, passtest.ErrBefore) {
			continue
		}
		if err != nil {
			return sizes, fmt.Errorf("shape %v: %w\nbefore\n%s\nafter\n%s", shape, err, passtest.Text(before), passtest.Text(after))
		}
		if sizes++; sizes == 3 {
			break
		}
	}
	return sizes, nil
}

func tryBuild(b block) (m *graph.Model, err error) {
	defer func() {
		if recover() != nil {
			m, err = nil, errNoGraph
		}
	}()
	return b.build(), nil
}

// shapes are inputs to try, small ones, where borders are a large part.
func (b block) shapes() [][]int64 {
	r := rand.New(rand.NewPCG(b.Seed, 5))
	var shapes [][]int64
	for range 10 {
		shape := []int64{1 + r.Int64N(2), int64(b.In)}
		for range b.Axes {
			size := int64(b.Size)
			if size == 0 {
				size = 1 + r.Int64N([]int64{9, 9, 5}[b.Axes-1])
			}
			shape = append(shape, size)
		}
		shapes = append(shapes, shape)
	}
	return shapes
}

// sameFileAgain writes a fused model, reads it and fuses it once more: not a byte changes.
func sameFileAgain(m *graph.Model) error {
	var once, twice bytes.Buffer
	if _, err := onnx.Encode(&once, m); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	read, err := onnx.Decode(once.Bytes(), nil)
	if err != nil {
		return fmt.Errorf("read again: %w", err)
	}
	result, err := pipeline.Run(context.Background(), read.Graph, defaults(), pipeline.Options{})
	if err != nil {
		return fmt.Errorf("fuse again: %w", err)
	}
	if _, err := onnx.Encode(&twice, read); err != nil {
		return fmt.Errorf("write again: %w", err)
	}
	if !bytes.Equal(once.Bytes(), twice.Bytes()) {
		return fmt.Errorf("a second fuse of the file made %d rewrites and changed it\n%s", result.Rewrites(), passtest.Text(read))
	}
	return nil
}
