package osfile

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// linked makes files of their names, and links, in a folder.
func linked(t *testing.T, dir string, files []string, links map[string]string) {
	t.Helper()
	for _, name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range links {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(strings.ReplaceAll(target, "DIR", dir), path); err != nil {
			t.Skip("no links here: ", err)
		}
	}
}

// TestOpenBeside follows links to the folder of the model and to that of what the model is a link to, and no others.
func TestOpenBeside(t *testing.T) {
	dir := t.TempDir()
	linked(t, dir, []string{
		"secret", "blobs/1", "blobs/2", "blobs/below/3", "plain/model", "plain/data", "plain/below/data",
	}, map[string]string{
		"snapshots/r/model":       "../../blobs/1",
		"snapshots/r/data":        "../../blobs/2",
		"snapshots/r/absolute":    "DIR/blobs/2",
		"snapshots/r/below/data":  "../../../blobs/below/3",
		"snapshots/r/chain":       "data",
		"snapshots/r/chained":     "../../blobs/out",
		"snapshots/r/absent":      "../../blobs/none",
		"snapshots/r/secret":      "../../secret",
		"snapshots/r/folder":      "../..",
		"snapshots/r/loop":        "loop",
		"snapshots/r/onnx/model":  "../../../blobs/1",
		"snapshots/r/onnx/data":   "../../../blobs/2",
		"snapshots/r/onnx/secret": "../data.txt",
		"snapshots/r/data.txt":    "../../secret",
		"blobs/out":               "../secret",
		"linked/r":                "../snapshots/r",
		"plain/link":              "DIR/plain/data",
		"plain/other":             "../blobs/2",
	})
	const refused, absent = "refused", "absent"
	for _, c := range []struct{ model, name, want string }{
		{"snapshots/r/model", "data", "blobs/2"},
		{"snapshots/r/model", "absolute", "blobs/2"},
		{"snapshots/r/model", "below/data", "blobs/below/3"},
		{"snapshots/r/model", "chain", "blobs/2"},
		{"snapshots/r/onnx/model", "data", "blobs/2"},
		{"linked/r/model", "data", "blobs/2"},
		{"plain/model", "data", "plain/data"},
		{"plain/model", "below/data", "plain/below/data"},
		{"plain/model", "link", "plain/data"},
		{"snapshots/r/model", "absent", absent},
		{"snapshots/r/model", "none", absent},
		{"snapshots/r/model", "chained", refused},
		{"snapshots/r/model", "secret", refused},
		{"snapshots/r/model", "folder/secret", refused},
		{"snapshots/r/model", "loop", refused},
		{"snapshots/r/model", "../r/data", refused},
		{"snapshots/r/model", "../../blobs/2", refused},
		{"snapshots/r/onnx/model", "secret", refused},
		{"plain/model", "other", refused},
		{"plain/model", "../secret", refused},
	} {
		file, err := OpenBeside(filepath.Join(dir, filepath.FromSlash(c.model)), filepath.FromSlash(c.name), 0)
		got := refused
		switch {
		case os.IsNotExist(err):
			got = absent
		case err == nil:
			text, err := io.ReadAll(file)
			if err := file.Close(); err != nil {
				t.Error(err)
			}
			got = string(text)
			if err != nil {
				got = err.Error()
			}
		}
		if got != c.want {
			t.Errorf("%s beside %s: %s, %v, want %s", c.name, c.model, got, err, c.want)
		}
	}
}
