package mlflow

import (
	"net/http"
	"strings"
	"testing"
)

// A run that was made although its answer was lost is found, and no second one is made. So it is with a version.
func TestLostAnswers(t *testing.T) {
	for _, path := range []string{"/runs/create", "/model-versions/create", "/experiments/create"} {
		t.Run(path[1:], func(t *testing.T) {
			server, f := newFake(t), folder(t)
			server.after = on(path, 1, status(502, "<html>bad gateway</html>"))
			checkPublished(t, server, server.settings(t), f)
		})
	}
}

// An experiment that is not there is made.
func TestExperiment(t *testing.T) {
	server := newFake(t)
	if id, err := newClient(server.settings(t, "MLFLOW_EXPERIMENT_NAME=other")).experiment(t.Context()); id != "8" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	server.before = on("/experiments/get-by-name", 1, status(200, `{"experiment": {"experiment_id": "3", "lifecycle_stage": "deleted"}}`))
	_, err := newClient(server.settings(t)).experiment(t.Context())
	if want := `open experiment "Default": it was deleted; restore it, or name another one in MLFLOW_EXPERIMENT_NAME`; text(err) != want {
		t.Errorf("got %v", err)
	}
}

// The run that the user names is used, unless it holds another release.
func TestNamedRun(t *testing.T) {
	server, f := newFake(t), folder(t)
	server.runs = []*fakeRun{{ID: "mine", Status: running, Tags: map[string]string{}, Params: map[string]string{}}}
	checkPublished(t, server, server.settings(t, "MLFLOW_RUN_ID=mine"), f)
	f.Digest = strings.Repeat("0", 64)
	if _, err := New(server.settings(t, "MLFLOW_RUN_ID=mine"), nil).Publish(t.Context(), f); err == nil || !strings.Contains(err.Error(), "holds another release") {
		t.Errorf("got %v", err)
	}
	if _, err := New(server.settings(t, "MLFLOW_RUN_ID=absent"), nil).Publish(t.Context(), f); err == nil || !strings.Contains(err.Error(), "read the run of MLFLOW_RUN_ID") {
		t.Errorf("got %v", err)
	}
}

// The server hears at most once that a run is given up, and the error stays the first one.
func TestGiveUp(t *testing.T) {
	server, f := newFake(t), folder(t)
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/log-batch") || strings.HasSuffix(r.URL.Path, "/runs/update") {
			status(503, "")(w, r)
			return true
		}
		return false
	}
	_, err := New(server.settings(t), nil).Publish(t.Context(), f)
	if err == nil || !strings.Contains(err.Error(), "log the numbers of the run") {
		t.Errorf("got %v", err)
	}
	updates := 0
	for _, asked := range server.asked {
		if strings.HasSuffix(asked, "/runs/update") {
			updates++
		}
	}
	if updates != 1 {
		t.Errorf("%d updates", updates)
	}
}
