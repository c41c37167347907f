package layout_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// shared is a folder that the tests read. It is made once: fusing takes a while.
var shared struct {
	sync.Once
	dir string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// folder is a release folder whose fields are the test's own.
func folder(t *testing.T) *release.Folder {
	t.Helper()
	shared.Do(func() {
		dir, err := os.MkdirTemp("", "layout") //nolint:usetesting // it outlives the test that makes it
		if err != nil {
			t.Fatal(err)
		}
		shared.dir = dir
		releasetest.Into(t, filepath.Join(dir, "release"))
	})
	f, err := release.Open(filepath.Join(shared.dir, "release"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// other is a release of the same network with another model file and no further files than that: what a later run makes.
func other(t *testing.T) *release.Folder {
	t.Helper()
	f := folder(t)
	dir := t.TempDir()
	for i, file := range f.Files {
		text := read(t, filepath.Join(f.Dir, file.Name))
		if file.Name == release.ModelFile {
			text += "\x72\x00" // an empty entry of metadata_props
		}
		write(t, filepath.Join(dir, file.Name), text)
		f.Files[i].SHA256, f.Files[i].Bytes = osfile.SHA256Bytes([]byte(text)), int64(len(text))
	}
	sums := "later sums\n"
	write(t, filepath.Join(dir, release.SumsFile), sums)
	f.Dir, f.Digest = dir, osfile.SHA256Bytes([]byte(sums))
	return f
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// publish publishes, and fails the test where that fails.
func publish(t *testing.T, target release.Target, f *release.Folder) release.Receipt {
	t.Helper()
	r, err := target.Publish(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if len(target.Plan(f)) == 0 {
		t.Error("it plans nothing")
	}
	return r
}

// tree is what is in a folder: paths and digests.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		lines = append(lines, strings.TrimPrefix(path, dir)+" "+osfile.SHA256Bytes([]byte(read(t, path)))[:8])
		return nil
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// eachFault publishes again and again, and lets the first, the second … operation fail as a full disk does, until none is left that
// could. After each, what is there is as it was, or complete.
func eachFault(t *testing.T, dir string, target release.Target, f *release.Folder, whole func() bool) {
	t.Helper()
	before := tree(t, dir)
	for n := 1; ; n++ {
		left := n
		ctx := osfile.WithFaults(t.Context(), func(osfile.Op, string) error {
			if left--; left == 0 {
				return syscall.ENOSPC
			}
			return nil
		})
		_, err := target.Publish(ctx, f)
		if left > 0 {
			if err != nil || !whole() {
				t.Errorf("without a fault: %v", err)
			}
			t.Logf("%d operations failed, one at a time", n-1)
			return
		}
		if err == nil || !strings.Contains(err.Error(), "no space left on device") || strings.Contains(err.Error(), "\n") {
			t.Fatalf("operation %d: %v", n, err)
		}
		if now := tree(t, dir); now != before && !strings.Contains(err.Error(), "a part of the files is new") {
			t.Fatalf("after operation %d there is\n%s\nand before there was\n%s", n, now, before)
		}
	}
}

// interrupted is a context that is over.
func interrupted(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
