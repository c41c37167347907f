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
// kilobytes of it for each node beyond what the program takes for a single block. Where the variable ACDEPLOY_BEFORE names another
// acdeploy, such as one of an earlier commit, the two take turns. It runs only where -bench names it. -benchtime 3x tries each three
// times, small graphs more often, and keeps the best time and the largest peak.
func BenchmarkLargeNodes(b *testing.B) {
	if !strings.Contains(flag.Lookup("test.bench").Value.String(), "Large") {
		b.Skip("it takes minutes and some GB of memory; name it: make bench BENCH=LargeNodes BENCHTIME=3x")
	}
	commands := map[string]string{"": build(b)}
	if before := os.Getenv("ACDEPLOY_BEFORE"); before != "" {
		commands["before-"] = before
	}
	alone := map[string]int{} // the peak for one block
	dir := b.TempDir()
	model := large{blocks: 1, channels: 4}.generate(b, filepath.Join(dir, "model.onnx"))[0]
	for who, command := range commands {
		alone[who] = peakOf(b, command, "fuse", model, "-o", filepath.Join(dir, "fused.onnx"), "-q")
	}
	for _, blocks := range []int64{2_000, 20_000, 100_000} {
		b.Run(fmt.Sprint(blocks), func(b *testing.B) {
			dir := b.TempDir()
			model := large{blocks: blocks, channels: 4}.generate(b, filepath.Join(dir, "model.onnx"))[0]
			nodes := float64(nodesOfBlock * blocks)
			best, peak := map[string]time.Duration{}, map[string]int{}
			tries := max(1, 20_000/blocks) // what takes half a second is disturbed more easily than what takes a minute
			for i := int64(0); i%tries != 0 || b.Loop(); i++ {
				for who, command := range commands {
					start := time.Now()
					most := peakOf(b, command, "fuse", model, "-o", filepath.Join(dir, "fused.onnx"), "-q")
					if took := time.Since(start); best[who] == 0 || took < best[who] {
						best[who] = took
					}
					peak[who] = max(peak[who], most)
				}
			}
			for who := range commands {
				b.ReportMetric(best[who].Seconds()*1e6/nodes, who+"µs/node")
				b.ReportMetric(float64(peak[who])/1e6, who+"peak-MB")
				b.ReportMetric(float64(peak[who]-alone[who])/1e3/nodes, who+"kB/node")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
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
