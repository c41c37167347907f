package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/release/oci"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// TestFetch brings a release back, and says what came.
func TestFetch(t *testing.T) {
	s := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	defer s.Close()
	ref := "oci://" + strings.TrimPrefix(s.URL, "http://") + "/models/net:v1"
	f := releasetest.Folder(t)
	target, err := oci.New(ref, oci.Options{})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := target.Publish(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	full := receipt.Reference
	dir := filepath.Join(t.TempDir(), "back")
	fetch := func(args ...string) (out, errs string, code int) {
		var o, e bytes.Buffer
		code = cli.Run(t.Context(), &o, &e, append([]string{"fetch"}, args...), toolbox())
		return o.String(), e.String(), code
	}
	out, errs, code := fetch(ref, "-o", dir)
	if code != cli.ExitOK || errs != "" || !strings.HasPrefix(out, "fetched digits_resnet20 into "+dir+", 8 files, ") || !strings.HasSuffix(out, "\n"+full+"\n") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	for _, file := range f.Files {
		want, err := os.ReadFile(filepath.Join(f.Dir, file.Name))
		got, failed := os.ReadFile(filepath.Join(dir, file.Name))
		if err != nil || failed != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %v", file.Name, err, failed)
		}
	}
	if out, errs, code := fetch(full, "-o", dir); code != cli.ExitOK || out != dir+" has this release already: "+full+"\n" {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	out, errs, code = fetch(full, "-o", dir, "--json")
	var doc struct {
		Schema, Reference, Folder, Digest string
		Unchanged                         bool
		Files                             []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != cli.ExitOK || doc.Schema != "acdeploy.fetch/v1" || doc.Reference != full ||
		doc.Folder != dir || doc.Digest != f.Digest || !doc.Unchanged || len(doc.Files) != len(f.Files) {
		t.Errorf("exit code %d, %v: %s%s", code, err, out, errs)
	}
	if out, _, code := fetch(full, "-o", filepath.Join(t.TempDir(), "x"), "-q"); code != cli.ExitOK || out != "" {
		t.Errorf("exit code %d: %s", code, out)
	}
	for want, args := range map[int][]string{
		cli.ExitFailed: {strings.Replace(ref, ":v1", ":v2", 1), "-o", filepath.Join(t.TempDir(), "x")},
		cli.ExitUsage:  {strings.TrimSuffix(ref, ":v1"), "-o", "x"},
	} {
		if out, errs, code := fetch(args...); code != want || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("exit code %d, want %d: %s%s", code, want, out, errs)
		}
	}
	t.Setenv("TMPDIR", t.TempDir())
	out, errs, code = releaseVerify(t, full, "--source", releasetest.Source(), "--backend", "reference")
	if code != cli.ExitOK || !strings.Contains(out, "ok      files ") || !strings.Contains(out, "ok      proof        equal (algebra)") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	out, errs, code = releaseVerify(t, strings.Replace(ref, ":v1", ":v2", 1))
	if code != cli.ExitFailed || !strings.Contains(out, "fail    files ") || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "no such release") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("what was fetched to be verified stays: %v, %v", left, err)
	}
	if _, errs, code := fetch(ref); code != cli.ExitUsage || !strings.Contains(errs, "-o") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}
