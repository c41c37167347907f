package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/builtin"
	"github.com/acdeploy/acdeploy/cli"
)

// peerScript makes a model smaller with another tool, and prints the tool's version and the number of nodes that are left. Without files it
// prints the version.
const peerScript = `import sys
from importlib.metadata import version
tool, files = sys.argv[1], sys.argv[2:]
if not files:
    print(version(tool))
    sys.exit()
import onnx
if tool == "onnxruntime":
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = files[1]
    onnxruntime.InferenceSession(files[0], options, providers=["CPUExecutionProvider"])
elif tool == "onnxslim":
    import onnxslim
    onnx.save(onnxslim.slim(files[0]), files[1])
else:
    import onnxscript.optimizer
    onnx.save(onnxscript.optimizer.optimize(onnx.load(files[0])), files[1])
`

// peerTime is how long another tool may take for a model.
const peerTime = 2 * time.Minute

// BenchmarkLargePeers runs other tools over the large models, each once, beside acdeploy: seconds, the peak of the memory, and the nodes
// that are left. ACDEPLOY_PEERS names the Python that has them. What fails or takes too long is logged.
func BenchmarkLargePeers(b *testing.B) {
	python := os.Getenv("ACDEPLOY_PEERS")
	if python == "" || !strings.Contains(flag.Lookup("test.bench").Value.String(), "Large") {
		b.Skip("make performance runs it: ACDEPLOY_PEERS names a Python with onnxruntime, onnxslim and onnxscript")
	}
	command := build(b)
	for _, l := range []large{
		{name: "130MB", blocks: 33, channels: 256},
		{name: "1GB", blocks: 16, channels: 1024},
		{name: "180000_nodes", blocks: 20_000, channels: 4},
	} {
		b.Run(l.name, func(b *testing.B) {
			dir := b.TempDir()
			model, out := l.generate(b, filepath.Join(dir, "model.onnx"))[0], filepath.Join(dir, "out.onnx")
			b.Run("acdeploy", func(b *testing.B) {
				beside(b, command, out, command, "fuse", model, "-o", out, "-q")
			})
			for _, tool := range []string{"onnxruntime", "onnxslim", "onnxscript"} {
				version, err := exec.CommandContext(b.Context(), python, "-c", peerScript, tool).Output()
				if err != nil {
					b.Logf("%s is not in %s: %v", tool, python, err)
					continue
				}
				b.Run(tool+"_"+strings.TrimSpace(string(version)), func(b *testing.B) {
					beside(b, command, out, python, "-c", peerScript, tool, model, out)
				})
			}
		})
	}
}

// beside runs a tool once, and counts the nodes of what it wrote.
func beside(b *testing.B, command, out string, tool ...string) {
	b.Helper()
	ctx, stop := context.WithTimeout(b.Context(), peerTime)
	defer stop()
	var best time.Duration
	peak := 0
	for b.Loop() {
		remove(b, out)
		start := time.Now()
		most, said, err := watch(exec.CommandContext(ctx, tool[0], tool[1:]...))
		if err != nil {
			lines := strings.Split(strings.TrimSpace(said), "\n")
			b.Skipf("%v after %s: %s", err, time.Since(start).Round(time.Second), lines[len(lines)-1])
		}
		if took := time.Since(start); best == 0 || took < best {
			best = took
		}
		peak = max(peak, most)
	}
	listed, err := exec.CommandContext(b.Context(), command, "inspect", out, "--json").Output()
	if err != nil {
		b.Fatal(err)
	}
	var made struct{ Graph struct{ Nodes int } }
	if err := json.Unmarshal(listed, &made); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(best.Seconds(), "s")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
	b.ReportMetric(float64(made.Graph.Nodes), "nodes")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLargeProfile fuses the model of 1 GB again and again, for go test's -cpuprofile.
func BenchmarkLargeProfile(b *testing.B) {
	if !strings.Contains(flag.Lookup("test.bench").Value.String(), "Profile") {
		b.Skip("make performance runs it")
	}
	dir := b.TempDir()
	model := large{blocks: 16, channels: 1024}.generate(b, filepath.Join(dir, "large.onnx"))[0]
	for b.Loop() {
		var said bytes.Buffer
		if code := cli.Run(b.Context(), io.Discard, &said, []string{"fuse", model, "-o", filepath.Join(dir, "fused.onnx"), "-q"}, builtin.Toolbox()); code != 0 {
			b.Fatalf("exit code %d: %s", code, &said)
		}
	}
}
