package layout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/layout"
)

// A copy opens as the release that it is. The second time changes nothing, and something else in its place stays.
func TestDir(t *testing.T) {
	f, to := folder(t), filepath.Join(t.TempDir(), "new", "v1")
	if r := publish(t, layout.Dir{Path: to}, f); r.Unchanged || r.Target != "dir:"+to || r.Reference != to {
		t.Errorf("%+v", r)
	}
	copied, err := release.Open(to)
	if err != nil || copied.Digest != f.Digest {
		t.Fatalf("%v", err)
	}
	if r := publish(t, layout.Dir{Path: to}, f); !r.Unchanged || len(r.Done) > 0 {
		t.Errorf("%+v", r)
	}
	f = copied // signed afterwards
	signed := filepath.Join(t.TempDir(), "signed")
	publish(t, layout.Dir{Path: signed}, f)
	write(t, filepath.Join(f.Dir, "model.sig"), "signature")
	for _, unchanged := range []bool{false, true} {
		if r := publish(t, layout.Dir{Path: signed}, f); r.Unchanged != unchanged || read(t, filepath.Join(signed, "model.sig")) != "signature" {
			t.Errorf("%+v", r)
		}
	}
	before := tree(t, to)
	_, err = layout.Dir{Path: to}.Publish(t.Context(), other(t))
	if err == nil || !strings.Contains(err.Error(), "it holds something else; name a new folder, such as "+to+"-") || tree(t, to) != before {
		t.Errorf("got %v", err)
	}
}

// A full disk leaves nothing, and an interrupted copy neither.
func TestDirFails(t *testing.T) {
	f, in := folder(t), t.TempDir()
	to := layout.Dir{Path: filepath.Join(in, "v1")}
	if _, err := to.Publish(interrupted(t), f); err == nil || tree(t, in) != "" {
		t.Errorf("%v leaves %s", err, tree(t, in))
	}
	eachFault(t, in, to, f, func() bool { _, err := release.Open(to.Path); return err == nil })
}

// A file that changed since the folder was opened is no part of a copy.
func TestDirOfChangedFolder(t *testing.T) {
	f, in := other(t), t.TempDir()
	write(t, filepath.Join(f.Dir, release.CardFile), "another card")
	_, err := layout.Dir{Path: filepath.Join(in, "v1")}.Publish(t.Context(), f)
	if err == nil || !strings.Contains(err.Error(), "README.md changed while it was copied") || tree(t, in) != "" {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(filepath.Join(f.Dir, release.CardFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := (layout.Dir{Path: filepath.Join(in, "v1")}).Publish(t.Context(), f); err == nil || tree(t, in) != "" {
		t.Errorf("got %v", err)
	}
}
