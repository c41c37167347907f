package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReleased(t *testing.T) {
	for version, want := range map[string]bool{
		"v1.2.3": true, "v0.1.0-rc.1": true,
		"": false, "(devel)": false, "v1.2.3+dirty": false, "v0.0.0-20261130005427-95cb677828e3": false, "v1.2.4-0.20261130005427-95cb677828e3": false, "v1.2": false,
	} {
		if got := released(version); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}

// A checkout may be in a folder of any name.
func TestRequirements(t *testing.T) {
	checkout := filepath.Join(t.TempDir(), "my acdeploy")
	if err := os.Mkdir(checkout, 0o700); err != nil {
		t.Fatal(err)
	}
	m := Module{Kind: Pass, Name: "fold", Replace: checkout}
	if _, err := m.requirements(); err == nil || !strings.Contains(err.Error(), "is no checkout of acdeploy") {
		t.Errorf("an empty folder: %v", err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(checkout, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/other\n")
	if _, err := m.requirements(); err == nil || !strings.Contains(err.Error(), "is no checkout of acdeploy") {
		t.Errorf("another module: %v", err)
	}
	write("go.mod", "module "+home+"\n\ngo 1.26.0\n\nrequire (\n\texample.org/a v1.0.0\n\texample.org/b v2.0.0 // indirect\n)\n")
	if _, err := m.requirements(); err == nil || !strings.Contains(err.Error(), "go.sum") {
		t.Errorf("without go.sum: %v", err)
	}
	write("go.sum", "sums\n")
	files, err := m.requirements()
	if err != nil {
		t.Fatal(err)
	}
	want := "module example.com/fold\n\ngo 1.26.0\n\nrequire (\n\texample.org/a v1.0.0 // indirect\n\texample.org/b v2.0.0 // indirect\n)\n\n" +
		"require " + home + " v0.0.0\n\nreplace " + home + ` => "` + filepath.ToSlash(checkout) + "\"\n"
	if got := string(files[0].text); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if string(files[1].text) != "sums\n" {
		t.Errorf("go.sum is %q", files[1].text)
	}
}

func TestWithoutARelease(t *testing.T) {
	if _, err := (Module{Kind: Pass, Name: "fold"}).Files(); err == nil || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("got %v", err)
	}
}
