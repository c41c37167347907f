package cli_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// TestReliability9Secrets gives every place that takes an address one with secrets, and looks for them in all that is
// printed and kept. Nothing listens at the address.
func TestReliability9Secrets(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	const (
		address = "https://me:hunter2@127.0.0.1:1/a.whl?token=hunter2#hunter2"
		broken  = "https://me:hun ter2@127.0.0.1:1/a.whl"
	)
	if err := os.WriteFile("job.yaml", []byte("version: 1\nmodel: \""+address+"\"\nreport: out\nbench: {backends: [reference]}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("out", 0o755); err != nil {
		t.Fatal(err)
	}
	tried := 0
	defer func() { t.Attr("tried", strconv.Itoa(tried)) }()
	for _, args := range [][]string{
		{"runtime", "install", "--from", address},
		{"runtime", "install", "--from", address, "--offline"},
		{"runtime", "install", "--from", "file" + address[5:]},
		{"runtime", "install", "--from", broken},
		{"runtime", "install", "--mirror", address},
		{"runtime", "install", "--mirror", broken},
		{"runtime", "install", "--mirror", "http" + address[5:]},
		{"run", "job.yaml"},
		{"report", "out"},
		{"report", "out", "--json"},
		{"report", "out", "--format", "markdown"},
		{"config", "show", "job.yaml"},
		{"config", "show", "job.yaml", "--json", "--origin"},
		{"fuse", address, "-o", "fused.onnx"},
		{"fuse", "--" + address},
		{"inspect", address},
		{"fetch", "oci" + address[5:], "-o", "back"},
		{"fetch", "oci:/" + address[7:], "-o", "back"},
		{"fetch", address, "-o", "back"},
		{"fetch", address[8:], "-o", "back"},
		{address},
	} {
		for _, global := range [][]string{nil, {"--log-format", "json"}, {"-v"}} {
			tried++
			var out, said strings.Builder
			cli.Run(t.Context(), &out, &said, append(args, global...), toolbox())
			if out.Len()+said.Len() == 0 {
				t.Errorf("acdeploy %s prints nothing", strings.Join(args, " "))
			}
			for _, text := range []string{out.String(), said.String()} {
				if strings.Contains(text, "hunter2") || strings.Contains(text, "ter2") {
					t.Errorf("acdeploy %s tells the secret: %s", strings.Join(args, " "), text)
				}
			}
		}
	}
	raw, err := os.ReadFile(filepath.Join("out", "report.json"))
	if err != nil || !strings.Contains(string(raw), "https://***@127.0.0.1:1/a.whl?***") || strings.Contains(string(raw), "hunter2") {
		t.Errorf("%v: the report tells the secret, or nothing of the address: %s", err, raw)
	}
}
