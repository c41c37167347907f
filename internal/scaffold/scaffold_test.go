package scaffold

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is one that is built with this checkout.
func module(kind Kind, name string) Module { return Module{Kind: kind, Name: name, Replace: "../.."} }

func TestFiles(t *testing.T) {
	for kind, want := range map[Kind][]string{
		Pass:    {"cmd/acdeploy/main.go", "go.mod", "go.sum", "pass.go", "pass_test.go"},
		Backend: {"backend.go", "backend_test.go", "cmd/acdeploy/main.go", "go.mod", "go.sum"},
	} {
		files, err := module(kind, "fold_scale2").Files()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		all := ""
		for _, f := range files {
			names = append(names, f.Name)
			if f.Name != "go.sum" {
				all += string(f.text)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s: %q, want %q", kind, names, want)
		}
		for _, word := range []string{"package foldscale2\n", "type FoldScale2 struct", `"fold_scale2"`, `own "example.com/fold_scale2"`, "func TestFoldScale2("} {
			if !strings.Contains(all, word) {
				t.Errorf("%s: %q is nowhere", kind, word)
			}
		}
		if i := strings.Index(strings.ToLower(all), "template"); i >= 0 {
			t.Errorf("%s: a name of the template is left: %s", kind, all[i:min(len(all), i+60)])
		}
		if strings.Contains(all, "/internal/") {
			t.Errorf("%s: a package is imported that no other module can import", kind)
		}
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"fold_scale": true, "a": true, "x2_y3": true, strings.Repeat("a", 60): true, "int": true, "string": true, "type_of": true,
		"": false, "Fold": false, "fold-scale": false, "_fold": false, "fold_": false, "a__b": false, "2x": false, "ü": false,
		"type": false, "func": false, "main": false, "go_to": false, "entry": false, strings.Repeat("a", 61): false, "../x": false, "a/b": false, "a b": false,
	} {
		if _, err := module(Pass, name).Files(); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
	for path, ok := range map[string]bool{
		"example.org/passes/fold": true, "example.org": true,
		"fold": false, "/x.y": false, "../x.y": false, "example.org//x": false, "example.org/x/": false, "exa mple.org": false, "-x.y": false, home: false, home + "/x": false,
	} {
		m := module(Pass, "fold")
		m.Path = path
		if _, err := m.Files(); (err == nil) != ok {
			t.Errorf("module %q: %v", path, err)
		}
	}
}

// A folder that is there is never touched, and of one that cannot be written whole nothing is left.
func TestWrite(t *testing.T) {
	t.Chdir(t.TempDir())
	m := Module{Kind: Pass, Name: "fold", Version: "v1.2.3"}
	files, err := m.Files()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Write(files); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("fold", "go.mod"))
	if err != nil || string(text) != "module example.com/fold\n\ngo 1.26.0\n\nrequire github.com/acdeploy/acdeploy v1.2.3\n" {
		t.Errorf("%s, %v", text, err)
	}
	if err := os.WriteFile(filepath.Join("fold", "pass.go"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.Write(files); err == nil || !strings.Contains(err.Error(), "fold is there already") {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(filepath.Join("fold", "pass.go")); err != nil || string(text) != "mine" {
		t.Errorf("the folder was changed: %s, %v", text, err)
	}
	m.Folder = "broken"
	if err := m.Write([]File{{"a", nil}, {"a/b", nil}}); err == nil {
		t.Error("a file is a folder")
	}
	if _, err := os.Stat("broken"); !os.IsNotExist(err) {
		t.Errorf("something is left: %v", err)
	}
	m.Folder = filepath.Join("absent", "broken")
	if err := m.Write([]File{{"a", nil}, {"a/b", nil}}); err == nil {
		t.Error("a file is a folder")
	}
	if _, err := os.Stat("absent"); !os.IsNotExist(err) {
		t.Errorf("a folder above it is left: %v", err)
	}
	m.Folder = "fold/pass.go/below"
	if err := m.Write(files); err == nil {
		t.Error("a folder was made in a file")
	}
}

// The folders above are made, and an empty folder is taken. What is in it goes where the module cannot be written; the folder stays.
func TestWriteInto(t *testing.T) {
	t.Chdir(t.TempDir())
	m := Module{Kind: Pass, Name: "fold", Version: "v1.2.3", Folder: filepath.Join("nest", "deep", "fold")}
	files, err := m.Files()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("empty", 0o750); err != nil {
		t.Fatal(err)
	}
	if err := (Module{Folder: "empty"}).Write([]File{{"a", nil}, {"a/b", nil}}); err == nil {
		t.Error("a file is a folder")
	}
	if entries, err := os.ReadDir("empty"); err != nil || len(entries) != 0 {
		t.Errorf("something is left: %v, %v", entries, err)
	}
	for _, folder := range []string{m.Folder, "empty"} {
		m.Folder = folder
		if err := m.Write(files); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(folder, "cmd", "acdeploy", "main.go")); err != nil {
			t.Error(err)
		}
	}
}

// No name of a pass or an engine makes two declarations of a package the same.
func TestNamesDoNotClash(t *testing.T) {
	for _, kind := range []Kind{Pass, Backend} {
		for _, name := range []string{
			"limit", "test_limit", "validate", "test_validate", "test", "test_pass", "pass", "backend", "session", "doc", "chain", "template_pass", "template_backend",
		} {
			files, err := module(kind, name).Files()
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]string{}
			for _, f := range files {
				if path.Ext(f.Name) != ".go" || path.Dir(f.Name) != "." {
					continue
				}
				file, err := parser.ParseFile(token.NewFileSet(), f.Name, f.text, 0)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range declared(file) {
					if was, twice := seen[d]; twice {
						t.Errorf("%s %s: %s is declared in %s and in %s", kind, name, d, was, f.Name)
					}
					seen[d] = f.Name
				}
			}
		}
	}
}

// declared are the names of the types and functions of a file.
func declared(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if s, ok := s.(*ast.TypeSpec); ok {
					names = append(names, s.Name.Name)
				}
			}
		}
	}
	return names
}
