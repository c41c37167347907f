package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bomb is a model whose one node calls a function that calls another one twice, and so on, so many levels down to one with the
// given nodes, from x to y. The two calls are side by side and added, or one after the other.
func bomb(levels int, beside bool, declared []string, nodes ...message) []byte {
	m := message(nil)
	function := func(name string, attrs []string, nodes ...message) {
		f := message{}.text(1, name).text(4, "x").text(5, "y").text(6, attrs...)
		for _, n := range nodes {
			f = f.bytes(7, n)
		}
		m = m.bytes(25, f.bytes(9, message{}.number(2, 17)).bytes(9, message{}.text(1, "d").number(2, 1)).text(10, "d"))
	}
	call := func(name, in, out string) message {
		return message{}.text(1, in).text(2, out).text(4, name).text(7, "d")
	}
	function("f0", declared, append(nodes, short("Add", "x x", "linear"))...)
	for k := range levels {
		inner, name := fmt.Sprint("f", k), fmt.Sprint("f", k+1)
		if beside {
			function(name, nil, call(inner, "x", "a"), call(inner, "x", "b"), short("Add", "a b", "y"))
		} else {
			function(name, nil, call(inner, "x", "a"), call(inner, "a", "y"))
		}
	}
	g := message{}.text(2, "g").bytes(1, call(fmt.Sprint("f", levels), "x", "y"))
	g = g.bytes(11, value("x", 1, 4, 8, 8)).bytes(12, value("y", 1, 4, 8, 8))
	whole := message{}.number(1, 8).bytes(7, g).bytes(8, message{}.number(2, 17)).bytes(8, message{}.text(1, "d").number(2, 1))
	return append(whole, m...)
}

// short is a node without a name.
func short(op, in, out string, attrs ...message) message {
	n := message{}.text(1, strings.Fields(in)...).text(2, strings.Fields(out)...).text(4, op)
	for _, a := range attrs {
		n = n.bytes(5, a)
	}
	return n
}

// constant is a node that makes a constant of so many numbers.
func constant(name string, dims ...int64) message {
	n := 1
	for _, d := range dims {
		n *= int(d)
	}
	w := message{}
	for _, d := range dims {
		w = w.number(1, d)
	}
	return short("Constant", "", name, message{}.text(1, "value").bytes(5, raw(w.number(2, 1), n)).number(20, 4))
}

// chained is so many nodes from x to y, of which link makes each.
func chained(n int, pad string, link func(k int, in, out string) []message) []message {
	var nodes []message
	in := "x"
	for k := range n {
		out := fmt.Sprint(pad, k)
		if k == n-1 {
			out = "y"
		}
		nodes = append(nodes, link(k, in, out)...)
		in = out
	}
	return nodes
}

// mostLevels is how many levels of calls there is room for, of bodies of each kind of what a copy takes memory for.
var mostLevels = map[string]int{
	"affine of their own": 10, "bound attributes": 7, "convolutions after": 12, "graphs": 6, "long names": 7, "many addends": 7,
	"norms after": 10, "products after": 11, "results": 7, "sums": 10, "used constants": 8, "wide sums": 9,
}

// bombs are files with functions of these bodies.
func bombs() map[string]func(levels int) []byte {
	conv := []message{constant("w", 4, 4, 1, 1), short("Conv", "x w", "y")}
	norm := []message{
		constant("w", 4, 4, 1, 1), short("Conv", "x w", "c"), constant("s", 4), constant("t", 4), constant("u", 4), constant("v", 4),
		short("BatchNormalization", "c s t u v", "y"),
	}
	return map[string]func(levels int) []byte{
		"convolutions after": func(l int) []byte { return bomb(l, false, nil, conv...) },
		"norms after":        func(l int) []byte { return bomb(l, false, nil, norm...) },
		"affine of their own": func(l int) []byte {
			nodes := append([]message{constant("k", 4, 4, 1, 1), short("Conv", "x k", "c")}, chained(6, "s", func(k int, in, out string) []message {
				if k == 0 {
					in = "c"
				}
				return []message{constant("q"+out, 1), short([]string{"Mul", "Add"}[k%2], in+" q"+out, out)}
			})...)
			return bomb(l, false, nil, nodes...)
		},
		"products after": func(l int) []byte {
			return bomb(l, false, nil, constant("w", 8, 8), constant("s", 8), short("MatMul", "x w", "c"), short("Add", "c s", "d"), short("Mul", "d s", "y"))
		},
		"sums": func(l int) []byte {
			return bomb(l, false, nil, chained(8, "s", func(_ int, in, out string) []message {
				return []message{short("Relu", in, "r"+out), short("Add", in+" r"+out, out)}
			})...)
		},
		"wide sums": func(l int) []byte {
			return bomb(l, true, nil, short("Relu", "x", "r"), short("Sum", strings.Repeat("r ", 500), "y"))
		},
		"many addends": func(l int) []byte {
			nodes := chained(100, "r", func(_ int, _, out string) []message { return []message{short("Relu", "x", out+"_")} })
			return bomb(l, true, nil, append(nodes, short("Sum", func() (s string) {
				for k := range 99 {
					s += fmt.Sprintf("r%d_ ", k)
				}
				return s
			}(), "y"))...)
		},
		"long names": func(l int) []byte {
			return bomb(l, true, nil, chained(100, strings.Repeat("n", 78), func(k int, in, out string) []message {
				return []message{append(short("Relu", in, out), message{}.text(3, fmt.Sprint(strings.Repeat("m", 78), k))...)}
			})...)
		},
		"results": func(l int) []byte {
			outs := ""
			for k := range 500 {
				outs += fmt.Sprintf("o%d ", k)
			}
			return bomb(l, true, nil, short("Split", "x", outs), short("Relu", "o0", "y"))
		},
		"used constants": func(l int) []byte {
			return bomb(l, true, nil, chained(50, "s", func(_ int, in, out string) []message {
				return []message{constant("c"+out, 1), short("PRelu", in+" c"+out, out)}
			})...)
		},
		"bound attributes": func(l int) []byte {
			attrs := make([]message, 50)
			for k := range attrs {
				attrs[k] = message{}.text(1, fmt.Sprint("a", k)).number(20, 2).text(21, "k")
			}
			b := bomb(l, true, []string{"k"}, chained(10, "r", func(_ int, in, out string) []message { return []message{short("Elu", in, out, attrs...)} })...)
			return b
		},
		"graphs": func(l int) []byte {
			inner := message{}.text(2, "g").bytes(1, short("Relu", "x", "z")).bytes(12, message{}.text(1, "z"))
			attr := func(name string) message { return message{}.text(1, name).bytes(6, inner).number(20, 5) }
			return bomb(l, true, nil, chained(50, "r", func(_ int, in, out string) []message {
				return []message{short("If", in, out, attr("then_branch"), attr("else_branch"))}
			})...)
		},
	}
}

// TestReliability4Functions fuses files of a few kilobytes whose functions call each other twice, of as many levels as there is
// room for, and of one more: none takes more memory than any file may, and the last is refused in one line.
func TestReliability4Functions(t *testing.T) {
	skipPeaks(t)
	least := leastPeaks(t)["fuse"]
	for name, kind := range bombs() {
		t.Run(name, func(t *testing.T) {
			levels := mostLevels[name]
			if !fusedWithin(t, kind(levels), least) || fusedWithin(t, kind(levels+1), least) {
				t.Errorf("%d levels are refused, or one more is fused", levels)
			}
		})
	}
}

// fusedWithin reports whether a file is fused, and holds that otherwise one line says why not.
func fusedWithin(t *testing.T, file []byte, least int) bool {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "file.onnx")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	took, said, ok := peak(t, "fuse", "-q", path, "-o", filepath.Join(dir, "fused.onnx"))
	took -= least
	if most := anyMemory + anyMemoryTimes*len(file); took > most {
		t.Errorf("it takes %d MB for a file of %d bytes; at most %d MB are allowed", took>>20, len(file), most>>20)
	}
	if !ok && (!strings.Contains(said, "out of proportion to its file") || strings.Count(said, "\n") != 1) {
		t.Errorf("it is refused: %s", said)
	}
	t.Logf("%d MB more for a file of %d bytes; fused: %t", took>>20, len(file), ok)
	return ok
}
