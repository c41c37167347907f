package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const printed = `goos: linux
BenchmarkLarge/130MB-2         	       3	         0.20 copy-s	         0.9000 fuse-s	         1.80 fuse/floor	         0.5000 hash-s	        71.23 peak-MB
BenchmarkLargeNodes/2000-2     	       3	        74.4 before-µs/node	        13.0 before-kB/node	         7.9 kB/node	        37.2 µs/node
BenchmarkLargeNodes/20000      	       3	         5.5 kB/node	        40.0 µs/node
PASS
`

func TestPage(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "printed.txt"), filepath.Join(dir, "page.md")
	if err := os.WriteFile(from, []byte(printed), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write([]string{from, to}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 130MB | 0.20 s | 0.50 s | 0.90 s | 1.80 | 71 MB |\n",
		"| 2000 | 37.2 µs | 74.4 µs | 0.50 | 7.9 kB | 13.0 kB |\n",
		"| 20000 | 40.0 µs | – | – | 5.5 kB | – |\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestReadNothing(t *testing.T) {
	for _, text := range []string{"", "PASS\n", "BenchmarkLarge/x-2 3 a copy-s\n"} {
		if found, err := read(strings.NewReader(text)); err == nil {
			t.Errorf("of %q it reads %v", text, found)
		}
	}
	if err := write([]string{"absent.txt", "page.md"}); err == nil {
		t.Error("a file that is not there is read")
	}
}
