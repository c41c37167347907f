package mlflow

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/release"
)

// Each fault is one clear line that says what to do, holds no secret, and leaves no version. The same command then finishes.
func TestFaults(t *testing.T) {
	const page = "<!DOCTYPE html><title>Sign in</title>"
	late := time.Now().Add(-2 * time.Hour).UTC().Format(http.TimeFormat)
	said := func(code string) string {
		return `{"error_code": "` + code + `", "message": "token ` + secret + ` may not\nwrite"}`
	}
	for name, c := range map[string]struct {
		path  string // at which it happens
		fault func(http.ResponseWriter, *http.Request)
		want  string
	}{
		"401":              {"/experiments/get-by-name", status(401, "no"), "the server does not accept MLFLOW_TRACKING_TOKEN (401)"},
		"401_clock":        {"/experiments/get-by-name", status(401, "no", "Date", late), "(401); the clock of this machine is 2h0m0s off the server's"},
		"403":              {"/runs/create", status(403, said("PERMISSION_DENIED")), "create the run: the server does not allow it (403): token *** may not write"},
		"404":              {"/experiments/get-by-name", status(404, "not found"), "there is no tracking server (404); check the path in MLFLOW_TRACKING_URI"},
		"409":              {"/runs/log-batch", status(409, said("CONFLICT")), "the server refuses it (409): token *** may not write"},
		"413":              {"/model/model.onnx", status(413, page), "too large for the server, or for a proxy before it (413); raise the limit there"},
		"429":              {"/runs/log-batch", status(429, ""), "the server is busy (429), 6 times"},
		"500":              {"/registered-models/create", status(500, page), "the server failed (500), 6 times"},
		"page":             {"/runs/search", status(200, page), "a web page came instead of an answer"},
		"page_as_error":    {"/runs/search", status(400, page), "a web page came instead of an answer (400)"},
		"no_json":          {"/runs/search", status(200, "hello"), "the answer is not one of MLflow"},
		"empty_run":        {"/runs/create", status(200, "{}"), "create the run: the answer is not one of MLflow"},
		"empty_version":    {"/model-versions/create", status(200, "{}"), "the answer is not one of MLflow"},
		"lost":             {"/model/model.onnx", lost, "send model/model.onnx (1.1 MB): the connection was lost, 6 times"},
		"half_of_a_file":   {"/model/model.onnx", func(w http.ResponseWriter, r *http.Request) { _, _ = r.Body.Read(make([]byte, 100)); lost(w, r) }, "the connection was lost, 6 times"},
		"redirect":         {"/model/model.onnx", status(302, "", "Location", "https://other.example.org/x?sig="+secret), "the server points to https://other.example.org (302)"},
		"version_conflict": {"/model-versions/create", status(400, said("INVALID_PARAMETER_VALUE")), "register a version of"},
		"alias_forbidden":  {"/registered-models/alias", status(403, said("PERMISSION_DENIED")), "version 1 is registered, and the same command does the rest"},
	} {
		t.Run(name, func(t *testing.T) {
			server, f := newFake(t), folder(t)
			server.before = on(c.path, -1, c.fault)
			s := server.settings(t, "MLFLOW_TRACKING_TOKEN="+secret)
			_, err := New(s, nil).Publish(t.Context(), f)
			got := text(err)
			if !strings.Contains(got, c.want) || !strings.HasPrefix(got, "publish to mlflow at "+server.URL) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if strings.Contains(got, secret) || strings.Contains(got, "\n") || len(got) > 500 {
				t.Errorf("no clear line: %q", got)
			}
			if len(server.versions) > 0 && name != "alias_forbidden" || len(server.models[f.Name]) > 0 {
				t.Errorf("half is published: %v %v", server.versions, server.models)
			}
			for _, r := range server.runs {
				if r.Status != killed {
					t.Errorf("the run is %s", r.Status)
				}
			}
			server.before = nil
			checkPublished(t, server, s, f)
		})
	}
}

// checkPublished publishes once more, and finds one run with one version, and each number once.
func checkPublished(t *testing.T, server *fake, s Settings, f *release.Folder) {
	t.Helper()
	if _, err := New(s, nil).Publish(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if len(server.runs) != 1 || len(server.versions) != 1 || server.models[f.Name][f.Alias] != "1" || server.runs[0].Status != finished {
		t.Errorf("%d runs, versions %v, aliases %v", len(server.runs), server.versions, server.models)
	}
	seen := map[metric]bool{}
	for _, m := range server.runs[0].Metrics {
		if seen[m] {
			t.Errorf("%v is there twice", m)
		}
		seen[m] = true
	}
}

// Nobody listens there.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = New(settingsOf(t, "MLFLOW_TRACKING_URI="+at), nil).Publish(t.Context(), folder(t))
	if got, want := text(err), "publish to mlflow at "+at+`: open experiment "Default": the server cannot be reached: `; !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
		t.Errorf("got %q", got)
	}
}
