package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const printed = `goos: linux
BenchmarkLarge/130MB-2         	       3	         0.20 copy-s	         0.9000 fuse-s	         1.80 fuse/floor	         0.5000 hash-s	        71.23 peak-MB
BenchmarkLarge/4GB-external     	       3	         6.20 copy-s	         7.5000 fuse-s	         1.10 fuse/floor	         6.8000 hash-s	        81.23 peak-MB
BenchmarkLargeNodes/2000-2     	       3	        74.4 before-µs/node	        13.0 before-kB/node	         7.9 kB/node	       142 peak-MB	        37.2 µs/node
BenchmarkLargeNodes/20000      	       3	         5.5 kB/node	       990 peak-MB	        40.0 µs/node
BenchmarkLargeDemo-2     	       2	         0.8000 again-s	        50.0 compile-s	         0.1000 fuse-s	         2.200 verify-s
BenchmarkLargePeers/180000_nodes/onnxslim_0.1.98-2	1	120000 nodes	2700 peak-MB	80.25 s
PASS
`

func TestPage(t *testing.T) {
	dir := t.TempDir()
	from, profile, to := filepath.Join(dir, "printed.txt"), filepath.Join(dir, "profile.txt"), filepath.Join(dir, "page.md")
	for path, text := range map[string]string{from: printed, profile: "40ms 12% sha256\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := write([]string{from, profile, to}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 130MB | 0.20 s | 0.50 s | 0.90 s | 1.80 | 71 MB |\n",
		"| 4GB-external | 6.20 s | 6.80 s | 7.50 s | 1.10 | 81 MB |\n",
		"| 2000 | 37.2 µs | 74.4 µs | 0.50 | 142 MB | 7.9 kB | 13.0 kB |\n",
		"| 20000 | 40.0 µs | – | – | 990 MB | 5.5 kB | – |\n",
		"| build | 50.0 s | 0.8 s |\n",
		"| verify | 2.20 s | 2.20 s |\n",
		"| report | skipped | skipped |\n",
		"| in all | 52.3 s | 3.1 s |\n",
		"| 180000 nodes | onnxslim 0.1.98 | 80.2 s | 2700 MB | 120000 |\n",
		"```\n40ms 12% sha256\n```\n",
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
	if err := write([]string{"absent.txt", "absent.txt", "page.md"}); err == nil {
		t.Error("a file that is not there is read")
	}
}
