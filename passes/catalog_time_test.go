package passes_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/pipeline"
)

// chain is a network of n blocks, each as training leaves it: three convolutions and an identity with
// batch normalisations of their own, constants in nodes, and things that do nothing.
func chain(n int) *graph.Model {
	b := newBuilder(1)
	y := b.input("x", -1, 2, -1, -1)
	for range n {
		y = b.add(acb(b, y, 2, 2, 1, nil), b.bn(b.node("Identity", []*graph.Value{y}), 2))
		c := b.node("Constant", nil, graph.TensorAttr("value", b.constant(2, 1, 1).Constant()))
		y = b.node("Relu", []*graph.Value{b.node("Mul", []*graph.Value{y, c})})
	}
	return b.output(y)
}

// fuseChain reads, fuses and writes a chain.
func fuseChain(tb testing.TB, raw []byte, n int) []byte {
	tb.Helper()
	m, err := onnx.Decode(raw, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := pipeline.Run(tb.Context(), m.Graph, defaults(), pipeline.Options{}); err != nil {
		tb.Fatal(err)
	}
	if m.Graph.Len() != 2*n {
		tb.Fatalf("%d blocks became %v", n, ops(m))
	}
	return encoded(tb, m)
}

func encoded(tb testing.TB, m *graph.Model) []byte {
	tb.Helper()
	var out bytes.Buffer
	if _, err := onnx.Encode(&out, m); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func BenchmarkChain(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			raw := encoded(b, chain(n))
			b.ReportAllocs()
			for b.Loop() {
				fuseChain(b, raw, n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/block")
		})
	}
}

// chainVariable is how TestLinearTime tells the program that it starts how many blocks to fuse.
const chainVariable = "ACDEPLOY_CHAIN"

// TestLinearTime counts how often each statement runs while chains of 500 and of 2,000 blocks are built, read,
// fused and written: none runs more than about four times as often. It reads no clock: the counts are
// those of the coverage of a program of its own.
func TestLinearTime(t *testing.T) {
	if n, err := strconv.Atoi(os.Getenv(chainVariable)); err == nil {
		fuseChain(t, encoded(t, chain(n)), n)
		return
	}
	if testing.Short() {
		t.Skip("it builds a program")
	}
	gotool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command to build a program with")
	}
	const size, factor, limit = 500, 4, 4.2
	few, many := visits(t, gotool, size), visits(t, gotool, factor*size)
	total := [2]int{}
	for place, n := range many {
		total[0], total[1] = total[0]+few[place], total[1]+n
		if n > size && float64(n) > limit*float64(few[place]) {
			t.Errorf("%s runs %d times for %d blocks, %d for %d", place, few[place], size, n, factor*size)
		}
	}
	t.Logf("%d statements for %d blocks, %d for %d", total[0], size, total[1], factor*size)
	if total[0] < 1000*size {
		t.Errorf("only %d statements were counted", total[0])
	}
}

// visits fuses a chain of n blocks in a program that counts, and returns how many statements ran at
// each place.
func visits(t *testing.T, gotool string, n int) map[string]int {
	t.Helper()
	profile := filepath.Join(t.TempDir(), "profile")
	cmd := exec.CommandContext(t.Context(), gotool, "test", "-run=^TestLinearTime$", "-count=1", "-covermode=atomic",
		"-coverprofile="+profile, "-coverpkg=../graph,../onnx,../passes,../pipeline,../stencil,../tensor", ".")
	cmd.Env = append(os.Environ(), chainVariable+"="+strconv.Itoa(n),
		"GOMAXPROCS=1", "GOGC=off") // so that what is pooled does not depend on chance
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Open(profile)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	counts := map[string]int{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		place, rest, ok := strings.Cut(lines.Text(), " ")
		var statements, runs int
		if _, err := fmt.Sscan(rest, &statements, &runs); ok && err == nil {
			counts[place] += statements * runs
		}
	}
	return counts
}
