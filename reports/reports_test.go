package reports_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/reports"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func TestEveryFormatOfEveryReport(t *testing.T) {
	fixtures := map[string]*reports.Report{"whole": whole(), "no_engine": noEngine(), "no_baseline": noBaseline()}
	for name, r := range fixtures {
		for _, ascii := range []bool{false, true} {
			for _, f := range reports.Formats(ascii) {
				file := name + "." + f.Name
				if ascii {
					if f.Name != "table" {
						continue
					}
					file += ".ascii"
				}
				t.Run(file, func(t *testing.T) {
					var out bytes.Buffer
					if err := f.Write(&out, r); err != nil {
						t.Fatal(err)
					}
					golden(t, file, out.Bytes())
				})
			}
		}
	}
}
