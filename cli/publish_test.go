package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// publishedDocument is what the command prints for programs.
type publishedDocument struct {
	Schema, Digest string
	DryRun         bool `json:"dry_run"`
	Targets        []struct {
		Target, Reference, Error string
		Unchanged                bool
		Plan, Done               []string
	}
}

// publish runs the command.
func publish(t *testing.T, args ...string) (doc publishedDocument, said string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), &out, &errs, append([]string{"publish", "--json"}, args...), toolbox())
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil && code == cli.ExitOK {
		t.Fatalf("%v in %s", err, &out)
	}
	return doc, errs.String(), code
}

// TestPublish delivers a release to all that need no server of their own, and once more, which changes nothing.
func TestPublish(t *testing.T) {
	s := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	defer s.Close()
	t.Chdir(t.TempDir())
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	f := releasetest.Folder(t)
	ref := "oci://" + strings.TrimPrefix(s.URL, "http://") + "/models/net:v1"
	args := []string{f.Dir, "--to", "kserve:service.yaml", "--to", ref, "--as", "image", "--to", "triton:models", "--to", "hf:hub", "--to", "dir:copy"}

	doc, said, code := publish(t, append(args, "--dry-run")...)
	left, err := filepath.Glob("*")
	if code != cli.ExitOK || said != "" || !doc.DryRun || len(doc.Targets) != 5 || len(left) != 0 || err != nil {
		t.Errorf("exit code %d, %s, leaves %v: %+v", code, said, left, doc)
	}
	for _, o := range doc.Targets {
		if len(o.Plan) == 0 || len(o.Done) != 0 {
			t.Errorf("%+v", o)
		}
	}
	for _, unchanged := range []bool{false, true} {
		doc, said, code = publish(t, args...)
		if code != cli.ExitOK || doc.Schema != "acdeploy.publish/v1" || doc.Digest != f.Digest || len(doc.Targets) != 5 {
			t.Fatalf("exit code %d, %s: %+v", code, said, doc)
		}
		for _, o := range doc.Targets {
			if o.Unchanged != unchanged || o.Reference == "" || o.Error != "" {
				t.Errorf("%+v", o)
			}
		}
	}
	service, err := os.ReadFile("service.yaml")
	if err != nil || !strings.Contains(string(service), "oci+native://"+strings.TrimPrefix(ref[:strings.LastIndex(ref, ":")], "oci://")+"@sha256:") {
		t.Errorf("%v: the service does not get the image of the registry: %s", err, service)
	}
	if copied, err := release.Open("copy"); err != nil || copied.Digest != f.Digest {
		t.Errorf("%v", err)
	}
	var out, errs bytes.Buffer
	if code := cli.Run(t.Context(), &out, &errs, []string{"publish", f.Dir, "--to", "dir:copy", "--to", "dir:hub"}, toolbox()); code != cli.ExitFailed ||
		out.String() != "dir:copy: unchanged, copy\ndir:hub: not delivered\n" || !strings.HasPrefix(errs.String(), "acdeploy: publish to dir:hub: it holds something else") {
		t.Errorf("exit code %d: %s%s", code, &out, &errs)
	}
}

// TestReliability9PublishSecrets has servers repeat every secret that they are told, and looks for them in all that is printed and
// written.
func TestReliability9PublishSecrets(t *testing.T) {
	const secret = "hunter2-hunter2"
	t.Chdir(t.TempDir())
	f := releasetest.Folder(t)
	told := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if strings.Contains(r.Header.Get("Authorization")+password, secret) {
			told++
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="`+user+password+`"`)
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"error_code": "PERMISSION_DENIED", "message": r.Header.Get("Authorization") + " " + user + ":" + password + " may not",
			"errors": []map[string]string{{"code": "DENIED", "message": password + " may not"}},
		})
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	login := `{"auths": {"` + host + `": {"username": "me", "password": "` + secret + `"}}}`
	if err := os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(login), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, environment := range []map[string]string{
		{"MLFLOW_TRACKING_URI": server.URL, "MLFLOW_TRACKING_TOKEN": secret},
		{"MLFLOW_TRACKING_URI": server.URL, "MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": secret},
		{"MLFLOW_TRACKING_URI": "http://me:" + secret + "@" + host + "/prefix?" + secret},
		{"MLFLOW_TRACKING_URI": "http://me:" + secret + "%@" + host},
	} {
		for _, name := range []string{"MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"} {
			t.Setenv(name, environment[name])
		}
		for _, more := range [][]string{nil, {"--json"}, {"--dry-run"}, {"-v", "--log-format", "json"}} {
			args := append([]string{"publish", f.Dir, "--to", "mlflow", "--to", "oci://" + host + "/models/net:v1", "--to", "triton:models"}, more...)
			var out, errs bytes.Buffer
			code := cli.Run(t.Context(), &out, &errs, args, toolbox())
			if text := out.String() + errs.String(); strings.Contains(text, "hunter2") || text == "" {
				t.Errorf("exit code %d, it tells the secret, or nothing: %s", code, text)
			}
		}
	}
	if told == 0 {
		t.Error("the server was told no secret, so that this shows nothing")
	}
	for _, dir := range []string{".", f.Dir} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			if bytes.Contains(text, []byte("hunter2")) {
				t.Errorf("%s has the secret", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
