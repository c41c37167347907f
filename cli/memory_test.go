package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// measured is the command line under a name by which it tells of its memory.
const measured = "acdeploy_measured"

// peakFile is where a command writes the most memory that it had resident, in KiB.
const peakFile = "ACDEPLOY_TEST_PEAK"

// measuredMain is the command line, which tells of its memory at the end. The system's account of a process that has ended
// will not do: it begins with the peak of the process that started it.
func measuredMain() {
	code := cli.Main(toolbox())
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "VmHWM:" {
			_ = os.WriteFile(os.Getenv(peakFile), []byte(words[1]), 0o644)
		}
	}
	os.Exit(code)
}

// peak runs a command in a process of its own, and says how much memory it had resident at most, in bytes.
func peak(t *testing.T, args ...string) (bytesAtMost int, said string, ok bool) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, measured)
	if err := os.Link(os.Args[0], program); err != nil {
		t.Skipf("the test program cannot be given another name: %v", err)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), peakFile+"="+filepath.Join(dir, "peak"))
	out, failed := cmd.CombinedOutput()
	text, err := os.ReadFile(filepath.Join(dir, "peak"))
	if err != nil {
		t.Fatalf("%v, %s, %v", err, out, failed)
	}
	kib, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10, string(out), failed == nil
}

// commands are what is measured, with what follows the model's name.
func commands(dir string) map[string][]string {
	return map[string][]string{"inspect": nil, "fuse": {"-o", filepath.Join(dir, "fused.onnx")}}
}

// leastPeaks is what the commands take for a model of one node.
func leastPeaks(t *testing.T) map[string]int {
	t.Helper()
	return peaks(t, model(graphOf("x", "y", node("Relu", "x", "y"))), nil, true)
}

// peaks runs the commands over a file, and gives the memory that each takes beyond the least.
func peaks(t *testing.T, file []byte, least map[string]int, read bool) map[string]int {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "file.onnx")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for name, args := range commands(dir) {
		took, said, ok := peak(t, append([]string{name, path}, args...)...)
		if found[name] = took - least[name]; read && !ok {
			t.Errorf("%s: %s", name, said)
		}
		t.Logf("%s: %d MB more, %.1f times a file of %d MB; read: %t", name, found[name]>>20, float64(found[name])/float64(len(file)), len(file)>>20, ok)
	}
	return found
}

// hollow are files full of what says little, so that what stands for it in memory is far larger. Each is a field of a model or a
// graph that comes again and again.
func hollow(size int) map[string][]byte {
	filled := func(field int, part message) message {
		one := message{}.bytes(field, part)
		return bytes.Repeat(one, size/len(one))
	}
	inNode := func(m message) message { return message{}.bytes(1, append(message{}.text(2, "y").text(4, "A"), m...)) }
	inTensor := func(m message) message { return message{}.bytes(5, append(m, message{}.text(8, "w")...)) }
	inInfo := func(shape message) message {
		return message{}.bytes(11, message{}.text(1, "x").bytes(2, message{}.bytes(1, message{}.number(1, 1).bytes(2, shape))))
	}
	files := map[string][]byte{}
	for name, g := range map[string]message{
		"minimal nodes":       filled(1, message{}.text(4, "A")),
		"nodes of one result": filled(1, message{}.text(2, "y")),
		"sound but for that":  filled(1, message{}.text(2, "y").text(4, "A")),
		"minimal tensors":     filled(5, message{}.text(8, "w")),
		"minimal inputs":      filled(11, message{}.text(1, "x")),
		"minimal outputs":     filled(12, message{}.text(1, "x")),
		"minimal values":      filled(13, message{}.text(1, "x")),
		"scalars":             filled(5, raw(message{}.number(2, 1).text(8, "w"), 1)),
		"tensors of nothing":  filled(5, message{}.number(1, 0).number(2, 1).text(8, "w")),
		"inputs with a type":  filled(11, message{}.text(1, "x").bytes(2, message{}.bytes(1, message{}.number(1, 1)))),
		"values with a type":  filled(13, message{}.text(1, "x").bytes(2, message{}.bytes(1, message{}.number(1, 1)))),
		"values":              filled(13, value("x", 1)),
		"annotations":         filled(14, nil),
		"sparse tensors":      filled(15, nil),
		"properties":          filled(16, nil),
		"absent inputs":       inNode(filled(1, nil)),
		"one input":           inNode(filled(1, message("x"))),
		"absent outputs":      inNode(filled(2, nil)),
		"attributes":          inNode(filled(5, message{}.text(1, "a"))),
		"integer attributes":  inNode(filled(5, message{}.text(1, "a").number(3, 1))),
		"empty graphs":        inNode(message{}.bytes(5, append(message{}.text(1, "g"), filled(11, nil)...))),
		"empty strings":       inNode(message{}.bytes(5, append(message{}.text(1, "s"), filled(9, nil)...))),
		"integers":            inNode(message{}.bytes(5, message{}.text(1, "i").bytes(8, make([]byte, size)))),
		"dims":                inTensor(message{}.bytes(1, make([]byte, size))),
		"external entries":    inTensor(filled(13, nil)),
		"empty dims":          inInfo(filled(1, nil)),
		"dims of a number":    inInfo(filled(1, message{}.number(1, 1))),
		"dims of a letter":    inInfo(filled(1, message{}.text(2, "N"))),
	} {
		files[name] = model(g)
	}
	whole := func(m message) []byte { return append(model(graphOf("x", "y", node("Relu", "x", "y"))), m...) }
	for name, m := range map[string]message{
		"opsets": filled(8, nil), "opsets of a version": filled(8, message{}.number(2, 1)), "keys": filled(14, message{}.text(1, "k")),
		"functions of a name": filled(25, message{}.text(1, "f")), "properties of the model": filled(14, nil), "functions": filled(25, nil),
		"nodes of a function": message{}.bytes(25, append(message{}.text(1, "F"), filled(7, message{}.text(4, "A"))...)),
		"names of a function": message{}.bytes(25, append(message{}.text(1, "F"), filled(4, nil)...)),
		"unknown":             filled(200, nil), "graphs": filled(7, nil),
	} {
		files[name] = whole(m)
	}
	return files
}

func graphOf(in, out string, nodes ...message) message {
	g := message{}.text(2, "g")
	for _, n := range nodes {
		g = g.bytes(1, n)
	}
	return g.bytes(11, value(in, 4)).bytes(12, value(out, 4))
}

// The limits of any file, and of one that is mostly weights.
const (
	anyMemory      = 64 << 20
	anyMemoryTimes = 24
	weightsTimes   = 2
)

// withinMemory holds that no command takes more than 64 MB and so many times the file.
func withinMemory(t *testing.T, file []byte, times int, least map[string]int, read bool) {
	t.Helper()
	for command, took := range peaks(t, file, least, read) {
		if most := anyMemory + times*len(file); took > most {
			t.Errorf("%s takes %d MB for a file of %d MB; at most %d MB are allowed", command, took>>20, len(file)>>20, most>>20)
		}
	}
}

// skipPeaks skips a test where no peak is to be had.
func skipPeaks(t *testing.T) {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip("starts many processes; -short")
	case runtime.GOOS != "linux":
		t.Skip("the system does not tell a process its peak")
	}
}

// TestReliability4PeakMemory holds that no file takes more than 64 MB and 24 times its size, and one that is mostly weights no
// more than 64 MB and twice its size. In a small file the free megabytes count, in a larger one what a byte is allowed.
func TestReliability4PeakMemory(t *testing.T) {
	skipPeaks(t)
	least := leastPeaks(t)
	for _, size := range []int{3 << 20, 12 << 20} {
		for name, file := range hollow(size) {
			t.Run(fmt.Sprintf("%s/%d", name, size>>20), func(t *testing.T) { withinMemory(t, file, anyMemoryTimes, least, false) })
		}
	}
	for name, file := range attacks(t) { // there is room for the functions of one
		t.Run(name, func(t *testing.T) { withinMemory(t, file, anyMemoryTimes, least, strings.Contains(name, "_12_levels")) })
	}
	for name, file := range map[string][]byte{"weights": network(12, 256), "large weights": network(1, 1024)} {
		t.Run(name, func(t *testing.T) { withinMemory(t, file, weightsTimes, least, true) })
	}
}

// attacks are the files of the attack, where they are: functions that call each other twice, down to convolutions side by side.
func attacks(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "shared", "cases", "attack", "*.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = file
	}
	return files
}

// TestReliability4SoundPeak reads files of nothing but nodes, whatever they take: docs/reliability.md tells how much that is.
func TestReliability4SoundPeak(t *testing.T) {
	skipPeaks(t)
	least := leastPeaks(t)
	for name, file := range map[string][]byte{"nodes": chain(100_000, false), "declared nodes": chain(10_000, true)} {
		t.Run(name, func(t *testing.T) { peaks(t, file, least, true) })
	}
}

// chain is so many nodes, one after another, with names as short as they can be. Declared, each adds a constant of its own and
// has a shape.
func chain(nodes int, declared bool) []byte {
	g, last := message{}.text(2, "g"), "x"
	for k := range nodes {
		next := strconv.FormatInt(int64(k), 36) + "_"
		n := message{}.text(1, last).text(2, next).text(4, "Abs")
		if declared {
			n = message{}.text(1, last, "W"+next).text(2, next).text(4, "Add")
			g = g.bytes(5, raw(message{}.number(2, 1).text(8, "W"+next), 1)).bytes(13, value(next, 1, 1, 1, 4))
		}
		g, last = g.bytes(1, n), next
	}
	return model(g.bytes(11, value("x", 1, 1, 1, 4)).bytes(12, value(last, 1, 1, 1, 4)))
}

// network is blocks of two convolutions of so many channels, whose sum the passes make one.
func network(blocks, channels int) []byte {
	g, last := message{}.text(2, "g"), "x"
	for k := range blocks {
		next, n := fmt.Sprintf("b%d", k), int64(channels)
		for _, side := range []string{"l", "r"} {
			name := next + side
			g = g.bytes(1, node("Conv", last+" w"+name, name, integers("pads", 1, 1, 1, 1)))
			w := message{}.number(1, n).number(1, n).number(1, 3).number(1, 3).number(2, 1).text(8, "w"+name)
			g = g.bytes(5, raw(w, 9*channels*channels))
		}
		g = g.bytes(1, node("Add", next+"l "+next+"r", next))
		last = next
	}
	return model(g.bytes(11, value("x", 1, int64(channels), 4, 4)).bytes(12, value(last, 1, int64(channels), 4, 4)))
}
