package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nodesOfBlock is what one block of [large] consists of: three convolutions, three batch norms, two sums and a Relu here.
const nodesOfBlock = 9

// BenchmarkLargeNodes times fuse of graphs of many small nodes: microseconds for each node, the peak of the process's memory, and
// kilobytes of it for each node beyond what the program takes for a single block. The graphs take turns, and so does another acdeploy
// that the variable ACDEPLOY_BEFORE names, such as one of an earlier commit. It runs only where -bench names it. Small graphs are tried
// more often; the best time and the largest peak are kept.
func BenchmarkLargeNodes(b *testing.B) {
	if !strings.Contains(flag.Lookup("test.bench").Value.String(), "Large") {
		b.Skip("it takes minutes and some GB of memory; name it: make bench BENCH=LargeNodes")
	}
	commands := map[string]string{"": build(b)}
	if before := os.Getenv("ACDEPLOY_BEFORE"); before != "" {
		commands["before-"] = before
	}
	dir := b.TempDir()
	var all []chain
	for _, blocks := range []int64{1, 2_000, 20_000, 100_000} {
		path := filepath.Join(dir, fmt.Sprint(blocks, ".onnx"))
		large{blocks: blocks, channels: 4}.generate(b, path)
		all = append(all, chain{blocks, path, map[string]time.Duration{}, map[string]int{}})
	}
	const rounds = 4
	for range rounds {
		for _, c := range all {
			for range min(10, max(1, 20_000/c.blocks)) { // what takes half a second is disturbed more easily than what takes a minute
				for who, command := range commands {
					c.fuse(b, who, command, filepath.Join(dir, "fused.onnx"))
				}
			}
		}
	}
	for _, c := range all[1:] {
		b.Run(fmt.Sprint(c.blocks), func(b *testing.B) {
			for b.Loop() { // it is measured already
			}
			nodes := float64(nodesOfBlock * c.blocks)
			for who := range commands {
				b.ReportMetric(c.best[who].Seconds()*1e6/nodes, who+"µs/node")
				b.ReportMetric(float64(c.peak[who])/1e6, who+"peak-MB")
				b.ReportMetric(float64(c.peak[who]-all[0].peak[who])/1e3/nodes, who+"kB/node")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// chain is a graph of so many blocks, and what it took each program to fuse it.
type chain struct {
	blocks int64
	path   string
	best   map[string]time.Duration
	peak   map[string]int // bytes
}

func (c chain) fuse(b *testing.B, who, command, output string) {
	b.Helper()
	_ = os.Remove(output) // the one that is there would be read: its data may lie in other files
	start := time.Now()
	peak := peakOf(b, command, "fuse", c.path, "-o", output, "-q")
	if took := time.Since(start); c.best[who] == 0 || took < c.best[who] {
		c.best[who] = took
	}
	c.peak[who] = max(c.peak[who], peak)
}

// TestPeakMemoryOfNodes fuses a graph of 180,000 small nodes.
func TestPeakMemoryOfNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	const blocks, most = 20_000, 3_000
	dir := t.TempDir()
	model := large{blocks: blocks, channels: 4}.generate(t, filepath.Join(dir, "model.onnx"))[0]
	got := peakOf(t, build(t), "fuse", model, "-o", filepath.Join(dir, "fused.onnx"), "-q") / (nodesOfBlock * blocks)
	if got > most {
		t.Errorf("%d bytes resident for each node, more than %d", got, most)
	} else {
		t.Logf("%d bytes resident for each node", got)
	}
}
