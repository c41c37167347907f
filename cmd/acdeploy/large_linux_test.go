package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
)

// large is a model of the benchmark: blocks one after the other, of a convolution 3×3, 1×3 and 3×1 side by side with their batch
// norms, or of a convolution 3×3 alone, which nothing is fused with.
type large struct {
	name             string
	blocks, channels int64
	plain, external  bool
}

// BenchmarkLarge times fuse of large files beside the floor: what it takes to read a file, to write one, and to say the SHA-256 of
// both. Both start with the file's pages out of memory. It takes some 10 GB of the disk and some minutes, so it runs only where
// -bench names it. The best of each is kept: floor-s and fuse-s in seconds, their ratio, and the peak of the process's memory.
// -benchtime 3x tries each three times.
func BenchmarkLarge(b *testing.B) {
	if !strings.Contains(flag.Lookup("test.bench").Value.String(), "Large") {
		b.Skip("it takes minutes and 10 GB of the disk; name it: make bench BENCH=Large BENCHTIME=3x")
	}
	for _, l := range []large{
		{name: "130MB", blocks: 33, channels: 256},
		{name: "1GB", blocks: 16, channels: 1024},
		{name: "4GB-external", blocks: 64, channels: 1024, external: true},
		{name: "1GB-unchanged", blocks: 27, channels: 1024, plain: true},
	} {
		b.Run(l.name, func(b *testing.B) { l.benchmark(b, build(b)) })
	}
}

// TestPeakMemory fuses large files, makes them plain and inspects them: the memory that a command takes follows neither the file nor its largest layer.
func TestPeakMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 750 MB")
	}
	command := build(t)
	for _, l := range []large{
		{name: "130MB", blocks: 33, channels: 256},
		{name: "315MB", blocks: 5, channels: 1024},
		{name: "315MB_external", blocks: 5, channels: 1024, external: true},
		{name: "300MB_unchanged", blocks: 8, channels: 1024, plain: true},
	} {
		t.Run(l.name, func(t *testing.T) {
			dir := t.TempDir()
			files := l.generate(t, filepath.Join(dir, "large.onnx"))
			model := files[0]
			for _, args := range [][]string{
				{"fuse", model, "-o", filepath.Join(dir, "fused.onnx")}, {"plain", model, "-o", filepath.Join(dir, "plain.onnx")}, {"inspect", model},
			} {
				dropPages(t, files) // what is read from the disk lies in larger pages than what was written
				const most = 100_000_000
				if got := peakOf(t, command, args...); got > most {
					t.Errorf("%s: %d MB resident, more than %d", args[0], got/1_000_000, most/1_000_000)
				} else {
					t.Logf("%s: %d MB resident", args[0], got/1_000_000)
				}
			}
		})
	}
}

// TestPeakMemoryOfProof proves fusions of models of few and of many layers: the memory follows the largest layer, and not the file. The
// second has four times as many layers; its weights alone, in float64, would take 140 MB more.
func TestPeakMemoryOfProof(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	command := build(t)
	dir := t.TempDir()
	fused := filepath.Join(dir, "fused.onnx")
	few, many := map[string]int{}, map[string]int{}
	for blocks, peak := range map[int64]map[string]int{6: few, 24: many} {
		model := large{blocks: blocks, channels: 256}.generate(t, filepath.Join(dir, "large.onnx"))[0]
		peak["fuse --verify"] = peakOf(t, command, "fuse", model, "-o", fused, "--verify", "--backend", "reference")
		peak["verify"] = peakOf(t, command, "verify", model, fused, "--backend", "reference")
		peak["run"] = peakOfRun(t, command, model)
	}
	for name := range few {
		t.Logf("%s: %d and %d MB resident", name, few[name]/1_000_000, many[name]/1_000_000)
		if more := many[name] - few[name]; more > 50_000_000 {
			t.Errorf("%s: four times as many layers take %d MB more", name, more/1_000_000)
		}
	}
}

// peakOfRun is that of run, whose engine is not there: it fuses, proves, and reports.
func peakOfRun(t *testing.T, command, model string) int {
	t.Helper()
	config := filepath.Join(filepath.Dir(model), "run.yaml")
	text := "version: 1\nmodel: large.onnx\noutput: run/fused.onnx\nreport: run\nbench:\n  backends: [tensorrt]\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command, "run", config)
	cmd.Env = append(os.Environ(), "PATH=", "ACDEPLOY_TRTEXEC=")
	peak, said, err := watch(cmd)
	if cmd.ProcessState.ExitCode() != cli.ExitMissing || !strings.Contains(said, "same answers (proof: algebra)") {
		t.Fatalf("%v\n%s", err, said)
	}
	return peak
}

func (l large) benchmark(b *testing.B, command string) {
	b.Helper()
	files := l.generate(b, filepath.Join(b.TempDir(), "large.onnx"))
	least := func(best *time.Duration, took time.Duration) {
		if *best == 0 || took < *best {
			*best = took
		}
	}
	var copied, hashed, fused time.Duration
	peak := 0
	for b.Loop() {
		dropPages(b, files)
		out := b.TempDir()
		copying := time.Now()
		for _, f := range files {
			execute(b, "sh", "-c", `cp --reflink=never "$0" "$1" && sync "$1"`, f, filepath.Join(out, "copy"))
		}
		least(&copied, time.Since(copying))
		remove(b, out)

		dropPages(b, files)
		out = b.TempDir()
		fusing := time.Now()
		peak = max(peak, peakOf(b, command, "fuse", files[0], "-o", filepath.Join(out, "fused.onnx"), "-q"))
		least(&fused, time.Since(fusing))
		written, err := filepath.Glob(filepath.Join(out, "*"))
		if err != nil {
			b.Fatal(err)
		}
		dropPages(b, files)
		hashing := time.Now()
		execute(b, "openssl", append(append([]string{"dgst", "-sha256"}, files...), written...)...)
		least(&hashed, time.Since(hashing))
		remove(b, out)
	}
	floor := max(copied, hashed)
	b.ReportMetric(copied.Seconds(), "copy-s")
	b.ReportMetric(hashed.Seconds(), "hash-s")
	b.ReportMetric(fused.Seconds(), "fuse-s")
	b.ReportMetric(fused.Seconds()/floor.Seconds(), "fuse/floor")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
	b.ReportMetric(0, "ns/op") // of the floor and fuse together, which says nothing
}

// generate writes the model row by row, and returns its files, that of the model first.
func (l large) generate(tb testing.TB, path string) []string {
	tb.Helper()
	b := graphtest.New(17)
	input := b.Input("x", 1, l.channels, 8, 8)
	x := input
	for k := range l.blocks {
		sum := l.conv(b, x, k, 3, 3)
		if !l.plain {
			for _, kernel := range [][2]int64{{1, 3}, {3, 1}} {
				sum = b.Node("Add", []*graph.Value{sum, l.conv(b, x, k, kernel[0], kernel[1])})
			}
		}
		x = b.Node("Relu", []*graph.Value{sum})
	}
	x.SetType(input.Type()) // some tools read no model whose output is of no type
	o := mapped.Options{}
	if l.external {
		o.Limit, o.DataName = 1, "large.data"
	}
	saved, err := mapped.Save(tb.Context(), path, b.Outputs(x), o)
	if err != nil {
		tb.Fatal(err)
	}
	if saved.Data == nil {
		return []string{path}
	}
	return []string{path, saved.Data[0].Path}
}

func (l large) conv(b graphtest.Builder, x *graph.Value, seed, height, width int64) *graph.Value {
	shape := []int64{l.channels, l.channels, height, width}
	w := b.Graph.NewInitializer("w", tensor.Compute(tensor.Float32, shape, noise(3*seed+width)))
	y := b.Node("Conv", []*graph.Value{x, w}, graph.IntsAttr("pads", height/2, width/2, height/2, width/2))
	if l.plain {
		return y
	}
	return b.BatchNorm(y, l.channels, 1.5, 0.5, 0.25, 2)
}

// noise is a weight that is drawn row by row, so that nobody holds it.
type noise uint64

func (n noise) Row(dst []float64, row int) {
	r := rand.New(rand.NewPCG(uint64(n), uint64(row)))
	for i := range dst {
		dst[i] = (r.Float64() - 0.5) / 16
	}
}

func (n noise) MaxAbs() float64 { return 1 }

// dropPages has the system forget what it keeps of files in memory.
func dropPages(tb testing.TB, files []string) {
	tb.Helper()
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			tb.Fatal(err)
		}
		if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			tb.Fatal(err)
		}
		if err := f.Close(); err != nil {
			tb.Fatal(err)
		}
	}
}

func remove(b *testing.B, dir string) {
	b.Helper()
	if err := os.RemoveAll(dir); err != nil {
		b.Fatal(err)
	}
}

// peakOf runs a command, and reads again and again how much memory it had resident at most, in bytes. What the system tells of a
// process that has ended will not do: it begins with the peak of the process that started it.
func peakOf(tb testing.TB, name string, args ...string) int {
	tb.Helper()
	peak, said, err := watch(exec.Command(name, args...))
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
	return peak
}

// watch runs a command, and returns the peak of its memory and what it said.
func watch(cmd *exec.Cmd) (peak int, said string, err error) {
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Start(); err != nil {
		return 0, "", err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			return peak, text.String(), err
		case <-time.After(2 * time.Millisecond):
			peak = max(peak, residentPeak(cmd.Process.Pid))
		}
	}
}

func residentPeak(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // nothing once it has ended
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	words := strings.Fields(after)
	if len(words) == 0 {
		return 0
	}
	kib, _ := strconv.Atoi(words[0])
	return kib << 10
}
