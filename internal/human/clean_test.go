package human

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// Text that steers a terminal, runs from right to left or is no UTF-8 is shown, not passed on.
func TestReliability6Printable(t *testing.T) {
	for s, want := range map[string]string{
		"conv1/Größe 3×3":      "conv1/Größe 3×3",
		"a\x1b[2Jb\r\nc":       `a\u001b[2Jb\r\nc`,
		"\x1b]8;;http://x\a":   `\u001b]8;;http://x\u0007`,
		"tab\tdel\x7f":         `tab\tdel\u007f`,
		"c1\u009bcontrol":      `c1\u009bcontrol`,
		"right to left \u202e": `right to left \u202e`,
		"isolate \u2066":       `isolate \u2066`,
		"line \u2028":          `line \u2028`,
		"tag \U000e0041":       `tag \udb40\udc41`,
		"not UTF-8 \xff\xfe.":  `not UTF-8 \xff\xfe.`,
		"\ufffd itself":        "\ufffd itself",
		"":                     "",
	} {
		if got := Printable(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	if got := Printable("a\tb\n", '\t'); got != "a\tb\\n" {
		t.Errorf("with tabs it is %q", got)
	}
}

// TestReliability6Writer lets nothing through that steers a terminal or a build server, however the text is cut.
func TestReliability6Writer(t *testing.T) {
	for s, want := range map[string]string{
		"a line\n\tanother ×\n":     "a line\n\tanother ×\n",
		"\x1b[2J\r\u009b\u202e\xff": `\u001b[2J\r\u009b\u202e\xff`,
		"cut off \xe2\x82":          `cut off \xe2\x82`,
		"::error::x\n":              `:\u003aerror::x` + "\n",
		"a\n \t::warning::x":        "a\n \t" + `:\u003awarning::x`,
		"file: 12::error::":         "file: 12::error::",
		": : a":                     ": : a",
		"## heading":                "## heading",
		"x ##[error]y":              `x ##\u005berror]y`,
		"##vso[task]":               `##vso\u005btask]`,
		"##teamcity[x]":             `##teamcity\u005bx]`,
	} {
		for name, cut := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
		} {
			var out bytes.Buffer
			w := NewWriter(&out)
			if _, err := io.Copy(w, cut(io.MultiReader(strings.NewReader(s)))); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil || out.String() != want {
				t.Errorf("%q, %s: %q, %v, want %q", s, name, out.String(), err, want)
			}
		}
	}
}

// JSON that is cleaned holds the same values.
func TestReliability6WriterKeepsJSON(t *testing.T) {
	name := "\x1b\x7f\u009b\u202e\U000e0041 ##[error] ##vso[x] ::error::\n"
	text, err := json.Marshal([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := NewWriter(&out).Write(text); err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got) != 1 || got[0] != name {
		t.Errorf("%s: %q, %v", out.String(), got, err)
	}
	if strings.ContainsAny(out.String(), "\x7f\u009b\u202e\U000e0041") || strings.Contains(out.String(), "##[") {
		t.Errorf("%s is not clean", out.String())
	}
}

func TestWriterPassesErrorsOn(t *testing.T) {
	if _, err := NewWriter(failing{}).Write([]byte("x")); err == nil {
		t.Error("no error")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
