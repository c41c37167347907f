// Program performance writes docs/performance.md from what the benchmarks of large models print: go run ./internal/performance FILE PROFILE PAGE.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/host"
)

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

func write(args []string) error {
	if len(args) != 3 {
		return errors.New("give the file with what the benchmarks printed, that with the profile of the 1 GB model, and the page to write")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	results, err := read(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	profile, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	_, revision := host.Build()
	facts := host.Read(context.Background())
	made := fmt.Sprintf("%s, %d cores, %s, load %s when the page was written, acdeploy %s", facts.CPU.Brand, runtime.NumCPU(), facts.System.Distribution, facts.Load.Average1, revision)
	return os.WriteFile(args[2], []byte(page(results, made, string(profile))), 0o644)
}

// result is a line that a benchmark printed.
type result struct {
	name    string             // without Benchmark and the number of processors
	metrics map[string]float64 // by unit
}

// read finds the results among what go test printed. None is an error.
func read(r io.Reader) ([]result, error) {
	var all []result
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		found := result{strings.TrimPrefix(words[0], "Benchmark"), map[string]float64{}}
		if at := strings.LastIndexByte(found.name, '-'); at > 0 {
			if _, err := strconv.Atoi(found.name[at+1:]); err == nil { // go test writes no number where there is one processor
				found.name = found.name[:at]
			}
		}
		for k := 2; k+1 < len(words); k += 2 {
			value, err := strconv.ParseFloat(words[k], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", words[0], err)
			}
			found.metrics[words[k+1]] = value
		}
		all = append(all, found)
	}
	if len(all) == 0 {
		return nil, errors.Join(lines.Err(), errors.New("there is no result of a benchmark"))
	}
	return all, lines.Err()
}

// page is the page of the results. Made says where and with what, and profile where the time of the 1 GB model goes.
func page(results []result, made, profile string) string {
	var b strings.Builder
	b.WriteString(`# Large models

Written by ` + "`make performance`" + ` from one run of the benchmarks. The best of each is kept.

- ` + made + `

## Beside the floor

The floor is the longer of two things: to copy the file and wait until the copy is on the disk, and to say the SHA-256 of what is read and
written. Both start with the file's pages out of memory, as ` + "`acdeploy fuse`" + ` does. The two take turns. The peak is that of the
resident memory of the process, mapped pages included.

| model | copy | SHA-256 | fuse | fuse / floor | peak |
| --- | ---: | ---: | ---: | ---: | ---: |
`)
	for _, r := range results {
		if name, ok := strings.CutPrefix(r.name, "Large/"); ok {
			fmt.Fprintf(&b, "| %s | %.2f s | %.2f s | %.2f s | %.2f | %.0f MB |\n", name, r.metrics["copy-s"], r.metrics["hash-s"], r.metrics["fuse-s"], r.metrics["fuse/floor"], r.metrics["peak-MB"])
		}
	}
	b.WriteString(`
## Many nodes

Chains of blocks of 4 channels, nine nodes each: three convolutions with their batch norms, two sums, a Relu. *Before* is an acdeploy of an
earlier commit, which took turns with this one. The memory of a node is that of the peak beyond what the program takes for one block.

| blocks | a node | before | ratio | peak | a node | before |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`)
	for _, r := range results {
		if name, ok := strings.CutPrefix(r.name, "LargeNodes/"); ok {
			now, before := r.metrics["µs/node"], r.metrics["before-µs/node"]
			fmt.Fprintf(&b, "| %s | %.1f µs | %s | %s | %.0f MB | %.1f kB | %s |\n", name, now, orNone("%.1f µs", before), orNone("%.2f", ratio(now, before)), r.metrics["peak-MB"], r.metrics["kB/node"], orNone("%.1f kB", r.metrics["before-kB/node"]))
		}
	}
	demo(&b, results)
	peers(&b, results)
	b.WriteString("\n## Where the time of the 1 GB model goes\n\nProcessor time by function, as go tool pprof prints it; noise and rand are the benchmark, which makes the model. The rest of the wall time\nis waiting for the disk.\n\n```\n" + strings.TrimSpace(profile) + "\n```\n")
	return b.String()
}

// demo shows the steps of make demo.
func demo(b *strings.Builder, results []result) {
	at := slices.IndexFunc(results, func(r result) bool { return r.name == "LargeDemo" })
	if at < 0 {
		return
	}
	b.WriteString(`
## make demo

Its steps without download and measuring. Nearly all of it is the compiling of Go's own library and of what acdeploy is built on, once on a
machine: with an empty build cache, and again with a full one.

| step | empty cache | full cache |
| --- | ---: | ---: |
`)
	m := results[at].metrics
	fmt.Fprintf(b, "| build | %.1f s | %.1f s |\n", m["compile-s"], m["again-s"])
	rest := 0.0
	for _, stage := range []string{"fuse", "verify", "report"} {
		seconds, known := m[stage+"-s"]
		rest += seconds
		s := fmt.Sprintf("%.2f s", seconds)
		if !known {
			s = "skipped"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", stage, s, s)
	}
	fmt.Fprintf(b, "| in all | %.1f s | %.1f s |\n", m["compile-s"]+rest, m["again-s"]+rest)
}

// peers shows what other tools make of the models.
func peers(b *strings.Builder, results []result) {
	b.WriteString(`
## Other tools

In the same run, each once: ONNX Runtime with its basic optimizations, onnxslim, and onnxscript's optimizer. A tool that is not in the table
failed or took more than two minutes; the benchmark's log says which.

| model | tool | time | peak | nodes left |
| --- | --- | ---: | ---: | ---: |
`)
	for _, r := range results {
		if name, ok := strings.CutPrefix(r.name, "LargePeers/"); ok {
			model, tool, _ := strings.Cut(name, "/")
			fmt.Fprintf(b, "| %s | %s | %.1f s | %.0f MB | %.0f |\n", strings.ReplaceAll(model, "_", " "), strings.ReplaceAll(tool, "_", " "), r.metrics["s"], r.metrics["peak-MB"], r.metrics["nodes"])
		}
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// orNone formats a number that may be missing.
func orNone(format string, value float64) string {
	if value == 0 {
		return "–"
	}
	return fmt.Sprintf(format, value)
}
