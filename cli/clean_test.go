package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/cli"
)

// evil is a name that steers whatever passes it on: a terminal, a log, a build server.
const evil = "\x1b]0;title\x07\x1b[2J\r\n::error::stop\n##[error]x\n##vso[task]\u009b31m\u202e\u2066 @team http://x.example $y$ \xff"

// evilModels are models whose names are evil, and of which each is refused, or fused, for another reason.
func evilModels() map[string][]byte {
	conv := func(in, w, out string) message {
		return message{}.text(1, in, w).text(2, out).text(3, evil+out).text(4, "Conv").bytes(5, integers("pads", 1, 1, 1, 1))
	}
	w := raw(message{}.number(1, 1).number(1, 1).number(1, 3).number(1, 3).number(2, 1).text(8, evil+"w"), 9)
	sum := message{}.text(1, evil+"a", evil+"b").text(2, evil+"y").text(3, evil+"sum").text(4, "Add")
	graph := func(nodes ...message) []byte {
		g := message{}
		for _, n := range nodes {
			g = g.bytes(1, n)
		}
		g = g.text(2, evil).bytes(5, w).bytes(11, value(evil+"x", 1, 1, 5, 5)).bytes(12, value(evil+"y", 1, 1, 5, 5))
		return message{}.number(1, 8).text(2, evil).text(3, evil).bytes(7, g).bytes(8, message{}.number(2, 13))
	}
	odd := message{}.text(1, evil+"x").text(2, evil+"y").text(3, evil).text(4, evil)
	return map[string][]byte{
		"fused":    graph(conv(evil+"x", evil+"w", evil+"a"), conv(evil+"x", evil+"w", evil+"b"), sum),
		"dangling": graph(conv(evil+"nowhere", evil+"w", evil+"y")),
		"unknown":  graph(odd),
		"twice":    graph(conv(evil+"x", evil+"w", evil+"y"), conv(evil+"x", evil+"w", evil+"y")),
	}
}

// TestReliability6Commands prints names that are evil with every command that prints names.
func TestReliability6Commands(t *testing.T) {
	t.Chdir(t.TempDir())
	command := regexp.MustCompile(`(?m)^\s*::|##\[|##vso\[`)
	tried := 0
	defer func() { t.Attr("tried", strconv.Itoa(tried)) }()
	check := func(args ...string) {
		t.Helper()
		tried++
		var out, said strings.Builder
		cli.Run(t.Context(), &out, &said, args, toolbox())
		for _, text := range []string{out.String(), said.String()} {
			at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && !strconv.IsGraphic(r) })
			if at >= 0 || !utf8.ValidString(text) || command.MatchString(text) {
				t.Errorf("acdeploy %s prints at %d: %.3000q", strings.Join(args, " "), at, text)
			}
		}
		if out.Len()+said.Len() == 0 {
			t.Errorf("acdeploy %s prints nothing", strings.Join(args, " "))
		}
	}
	for name, data := range evilModels() {
		model := name + ".onnx"
		if err := os.WriteFile(model, data, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, global := range [][]string{nil, {"--log-format", "json"}} {
			for _, args := range [][]string{
				{"inspect", model},
				{"inspect", model, "--json"},
				{"inspect", model, "--text"},
				{"fuse", model, "-o", "fused.onnx", "-v"},
				{"fuse", model, "--dry-run", "--explain"},
				{"fuse", model, "-o", "fused.onnx", "--json"},
				{"verify", model, "fused.onnx", "--backend", "reference"},
			} {
				check(append(args, global...)...)
			}
		}
	}
	check("run", "--model", "dangling.onnx", "--report", "out", "--backend", "reference")
	check("report", "out")
	check("report", "out", "--format", "markdown")
	check("report", "out", "--json")
	if err := os.WriteFile(evilFile, []byte("version: 1\n\"a\\e[2J\\n::error::x\": 1\npasses: [\"\\u202e\\n##[error]\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	check("run", evilFile)
	check("run", evil)
	check(evil)
	check("fuse", "--"+evil)
	check("inspect", filepath.Join("nowhere", evil))
	check("zoo", evil)
	check("passes", evil)
}

const evilFile = "\x1b[2J\n::error::x.yaml"
