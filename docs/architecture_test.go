package docs_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestArchitecture finds every package of the program among the rooms of architecture.md.
func TestArchitecture(t *testing.T) {
	page := read(t, "architecture.md")
	rooms := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "docs"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		room, err := filepath.Rel("..", filepath.Dir(path))
		if err != nil {
			return err
		}
		rooms[filepath.ToSlash(room)] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(rooms, ".") // the root
	if len(rooms) < 30 {
		t.Errorf("only %d packages were found", len(rooms))
	}
	for room := range rooms {
		if strings.Contains(room, "/internal/") && !strings.HasPrefix(room, "passes/") {
			continue // the inside of another room
		}
		if !strings.Contains(page, "`"+room+"`") {
			t.Errorf("the page has no room %s", room)
		}
	}
}
