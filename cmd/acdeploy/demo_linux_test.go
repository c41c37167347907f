package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stageTime is a line in which acdeploy run says how long a stage took.
var stageTime = regexp.MustCompile(`(?m)^(fuse|verify|report) +([0-9.]+) s`)

// BenchmarkLargeDemo times the steps of make demo but downloading and measuring, in seconds: to compile with an empty cache and with a full
// one, and what acdeploy run says of its stages. It runs only where -bench names it.
func BenchmarkLargeDemo(b *testing.B) {
	if !strings.Contains(flag.Lookup("test.bench").Value.String(), "Large") {
		b.Skip("it compiles everything anew; name it: make bench BENCH=LargeDemo BENCHTIME=1x")
	}
	best := map[string]float64{}
	keep := func(step string, seconds float64) {
		if before, known := best[step]; !known || seconds < before {
			best[step] = seconds
		}
	}
	for b.Loop() {
		dir := b.TempDir()
		command := filepath.Join(dir, "acdeploy")
		for _, step := range []string{"compile-s", "again-s"} {
			compile := exec.CommandContext(b.Context(), "go", "build", "-o", command, ".")
			compile.Env = append(os.Environ(), "GOCACHE="+filepath.Join(dir, "cache"))
			start := time.Now()
			if out, err := compile.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			keep(step, time.Since(start).Seconds())
		}
		root := filepath.Join(dir, "root")
		for _, folder := range []string{"configs", "examples"} {
			if err := os.CopyFS(filepath.Join(root, folder), os.DirFS(filepath.Join("..", "..", folder))); err != nil {
				b.Fatal(err)
			}
		}
		run := exec.CommandContext(b.Context(), command, "run", "configs/quickstart.yaml")
		run.Dir = root
		out, err := run.CombinedOutput() // a gate may fail on a machine at work
		found := stageTime.FindAllStringSubmatch(string(out), -1)
		if len(found) == 0 {
			b.Fatalf("%v\n%s", err, out)
		}
		for _, stage := range found {
			seconds, err := strconv.ParseFloat(stage[2], 64)
			if err != nil {
				b.Fatal(err)
			}
			keep(stage[1]+"-s", seconds)
		}
	}
	for step, seconds := range best {
		b.ReportMetric(seconds, step)
	}
	b.ReportMetric(0, "ns/op")
}
