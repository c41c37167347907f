package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// shared is a folder that the tests read. It is made once: fusing takes a while.
var shared struct {
	sync.Once
	dir string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// folder is a release folder whose fields are the test's own.
func folder(t *testing.T) *release.Folder {
	t.Helper()
	shared.Do(func() {
		dir, err := os.MkdirTemp("", "mlflow") //nolint:usetesting // it outlives the test that makes it
		if err != nil {
			t.Fatal(err)
		}
		shared.dir = dir
		releasetest.Into(t, filepath.Join(dir, "release"))
	})
	f, err := release.Open(filepath.Join(shared.dir, "release"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// secret is in every password and token of these tests.
const secret = "hunter2-hunter2"

// fake is as much of an MLflow server as we ask for, with what it was given.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	root     string // of artifacts
	runs     []*fakeRun
	files    map[string]string // what was sent, by path
	models   map[string]map[string]string
	versions []version
	parts    bool // it takes files in parts
	// before answers in the place of the server, if it likes.
	before func(w http.ResponseWriter, r *http.Request) (handled bool)
	// after is told of each request that was carried out, and answers in the place of the server, if it likes.
	after func(w http.ResponseWriter, r *http.Request) (handled bool)
	asked []string // methods and paths
	who   []string // of each
}

type fakeRun struct {
	ID, Name, Status string
	Tags             map[string]string
	Params           map[string]string
	Metrics          []metric
}

const prefix = "/api/v4/ml/mlflow" // as in GitLab: a path that belongs to the address

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{root: "mlflow-artifacts:/7", files: map[string]string{}, models: map[string]map[string]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked, f.who = append(f.asked, r.Method+" "+r.URL.Path), append(f.who, r.Header.Get("Authorization"))
	before, after := f.before, f.after
	f.mu.Unlock()
	if before != nil && before(w, r) {
		return
	}
	answer := httptest.NewRecorder()
	f.serve(answer, r)
	if after != nil && after(w, r) {
		return
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// wrong answers as MLflow does.
func wrong(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error_code": code, "message": message})
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the connection was lost
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := strings.CutPrefix(r.URL.Path, prefix+"/api/2.0")
	if !ok {
		http.NotFound(w, r)
		return
	}
	if name, ok := strings.CutPrefix(at, artifactsPath+"/"); ok && r.Method == http.MethodPut {
		f.files[name] = string(body)
		return
	}
	if strings.HasPrefix(at, "/mlflow-artifacts/mpu/") {
		f.part(w, at, body)
		return
	}
	var in struct {
		RunID   string `json:"run_id"`
		Name    string `json:"name"`
		RunName string `json:"run_name"`
		Filter  string `json:"filter"`
		Status  string `json:"status"`
		Key     string `json:"key"`
		Value   string `json:"value"`
		Alias   string `json:"alias"`
		Version string `json:"version"`
		Source  string `json:"source"`
		Tags    []pair `json:"tags"`
		Params  []pair
		Metrics []metric
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &in); err != nil {
			wrong(w, 400, "BAD_REQUEST", err.Error())
			return
		}
	}
	q := r.URL.Query()
	out := map[string]any{}
	switch r.Method + " " + at {
	case "GET /mlflow/experiments/get-by-name":
		if q.Get("experiment_name") != "Default" {
			wrong(w, 404, codeAbsent, "no such experiment")
			return
		}
		out["experiment"] = map[string]string{"experiment_id": "7", "lifecycle_stage": "active"}
	case "POST /mlflow/experiments/create":
		out["experiment_id"] = "8"
	case "POST /mlflow/runs/search":
		var found []any
		for _, run := range f.runs {
			if strings.Contains(in.Filter, "'"+run.Tags[tagDigest]+"'") {
				found = append(found, f.show(run))
			}
		}
		out["runs"] = found
	case "POST /mlflow/runs/create":
		run := &fakeRun{ID: fmt.Sprintf("run%d", len(f.runs)+1), Name: in.RunName, Status: running, Tags: map[string]string{}, Params: map[string]string{}}
		f.runs = append(f.runs, run)
		run.tag(in.Tags)
		out["run"] = f.show(run)
	case "GET /mlflow/runs/get":
		run := f.run(q.Get("run_id"))
		if run == nil {
			wrong(w, 404, codeAbsent, "no such run")
			return
		}
		out["run"] = f.show(run)
	case "POST /mlflow/runs/log-batch":
		run := f.run(in.RunID)
		if len(in.Metrics)+len(in.Params)+len(in.Tags) > 1000 || len(in.Params) > 100 || len(in.Tags) > 100 {
			wrong(w, 400, "INVALID_PARAMETER_VALUE", "too much at once")
			return
		}
		run.tag(in.Tags)
		for _, p := range in.Params {
			if old, ok := run.Params[p.Key]; ok && old != p.Value {
				wrong(w, 400, "INVALID_PARAMETER_VALUE", "changed param")
				return
			}
			run.Params[p.Key] = p.Value
		}
		run.Metrics = append(run.Metrics, in.Metrics...)
	case "POST /mlflow/runs/set-tag":
		f.run(in.RunID).tag([]pair{{in.Key, in.Value}})
	case "POST /mlflow/runs/update":
		f.run(in.RunID).Status = in.Status
	case "GET /mlflow/artifacts/list":
		var list []any
		folder := strings.Trim("7/"+q.Get("run_id")+"/artifacts/"+q.Get("path"), "/")
		for name, content := range f.files {
			if path.Dir(name) == folder {
				list = append(list, map[string]any{"path": strings.TrimPrefix(name, "7/"+q.Get("run_id")+"/artifacts/"), "is_dir": false, "file_size": strconv.Itoa(len(content))})
			}
		}
		out["files"] = list
	case "POST /mlflow/registered-models/create":
		if f.models[in.Name] != nil {
			wrong(w, 400, codeExists, "it is there")
			return
		}
		f.models[in.Name] = map[string]string{}
	case "GET /mlflow/registered-models/get":
		var list []any
		for alias, v := range f.models[q.Get("name")] {
			list = append(list, map[string]string{"alias": alias, "version": v})
		}
		out["registered_model"] = map[string]any{"name": q.Get("name"), "aliases": list}
	case "POST /mlflow/registered-models/alias":
		f.models[in.Name][in.Alias] = in.Version
	case "GET /mlflow/model-versions/search":
		var found []version
		for _, v := range f.versions {
			if strings.Contains(q.Get("filter"), "'"+v.Run+"'") {
				found = append(found, v)
			}
		}
		out["model_versions"] = found
	case "POST /mlflow/model-versions/create":
		v := version{Name: in.Name, Version: strconv.Itoa(len(f.versions) + 1), Run: in.RunID, Status: versionReady}
		f.versions = append(f.versions, v)
		out["model_version"] = v
	default:
		wrong(w, 404, "ENDPOINT_NOT_FOUND", at)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

// part answers what is asked of uploads in parts. The parts themselves go to another server.
func (f *fake) part(w http.ResponseWriter, at string, _ []byte) {
	if !f.parts {
		wrong(w, http.StatusNotImplemented, "NOT_IMPLEMENTED", "Multipart upload is not supported")
		return
	}
	wrong(w, 404, "ENDPOINT_NOT_FOUND", at)
}

func (f *fake) run(id string) *fakeRun {
	for _, run := range f.runs {
		if run.ID == id {
			return run
		}
	}
	return nil
}

func (r *fakeRun) tag(tags []pair) {
	for _, t := range tags {
		r.Tags[t.Key] = t.Value
	}
}

func (f *fake) show(r *fakeRun) any {
	tags := []pair{}
	for key, value := range r.Tags {
		tags = append(tags, pair{key, value})
	}
	return map[string]any{
		"info": map[string]string{"run_id": r.ID, "experiment_id": "7", "status": r.Status, "artifact_uri": f.root + "/" + r.ID + "/artifacts"},
		"data": map[string]any{"tags": tags},
	}
}

// settings are those of the fake server. Nothing waits.
func (f *fake) settings(t *testing.T, more ...string) Settings {
	t.Helper()
	return settingsOf(t, append([]string{"MLFLOW_TRACKING_URI=" + f.URL + prefix + "/"}, more...)...)
}

func settingsOf(t *testing.T, environment ...string) Settings {
	t.Helper()
	s, err := FromEnvironment(getenv(environment...))
	if err != nil {
		t.Fatal(err)
	}
	s.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return s
}

func getenv(environment ...string) func(string) string {
	return func(name string) string {
		for _, v := range environment {
			if key, value, _ := strings.Cut(v, "="); key == name {
				return value
			}
		}
		return ""
	}
}

// on makes something happen at the first requests to a path.
func on(suffix string, times int, then func(w http.ResponseWriter, r *http.Request)) func(http.ResponseWriter, *http.Request) bool {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasSuffix(r.URL.Path, suffix) || times == 0 {
			return false
		}
		times--
		then(w, r)
		return true
	}
}

// lost breaks the connection.
func lost(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// status answers with a status and a body.
func status(code int, body string, header ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}
