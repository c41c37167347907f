package mlflow

import (
	"net/http"
	"strings"
	"testing"
)

// The alias stays with a newer release of another run, also if that comes while we publish. The run is complete all the same.
func TestMovedAlias(t *testing.T) {
	for name, then := range map[string]func(*fake, string) func(http.ResponseWriter, *http.Request) bool{
		"before": func(s *fake, model string) func(http.ResponseWriter, *http.Request) bool {
			s.models[model] = map[string]string{"champion": "9"}
			return nil
		},
		"meanwhile": func(s *fake, model string) func(http.ResponseWriter, *http.Request) bool {
			return on("/registered-models/alias", 1, func(w http.ResponseWriter, _ *http.Request) {
				s.models[model]["champion"] = "9" // ours is answered, and another run is faster
				status(200, "{}")(w, nil)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, f := newFake(t), folder(t)
			server.before = then(server, f.Name)
			_, err := New(server.settings(t), nil).Publish(t.Context(), f)
			if err == nil || !strings.Contains(err.Error(), "the alias was moved by another run: champion of "+f.Name+" points to version 9") {
				t.Errorf("got %v", err)
			}
			if server.models[f.Name]["champion"] != "9" || server.runs[0].Status != finished {
				t.Errorf("aliases %v, the run is %s", server.models, server.runs[0].Status)
			}
			r, err := New(server.settings(t), nil).Publish(t.Context(), f)
			if err != nil || !r.Unchanged || !strings.Contains(strings.Join(r.Done, " "), "alias champion has been moved to version 9 since; it is left there") {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// An older alias moves.
func TestAliasMoves(t *testing.T) {
	server, f := newFake(t), folder(t)
	server.models[f.Name] = map[string]string{"champion": "0", "other": "5"}
	checkPublished(t, server, server.settings(t), f)
	if server.models[f.Name]["other"] != "5" {
		t.Errorf("%v", server.models)
	}
}

// A version that the server has to make ready first is waited for; one that it cannot make is told.
func TestReady(t *testing.T) {
	server := newFake(t)
	c := newClient(server.settings(t))
	n := 0
	server.before = func(w http.ResponseWriter, r *http.Request) bool {
		n++
		answer := `{"model_version": {"name": "m", "version": "3", "status": "PENDING_REGISTRATION"}}`
		if n == 3 {
			answer = `{"model_version": {"name": "m", "version": "3", "status": "READY"}}`
		}
		status(200, answer)(w, r)
		return true
	}
	if v, err := c.ready(t.Context(), version{Name: "m", Version: "3", Status: "PENDING_REGISTRATION"}); err != nil || v.Version != "3" || n != 3 {
		t.Errorf("%v, %v after %d", v, err, n)
	}
	_, err := c.ready(t.Context(), version{Name: "m", Version: "3", Status: versionFailed, Message: "no space"})
	if want := "register m, version 3: the server could not: no space"; text(err) != want {
		t.Errorf("got %v", err)
	}
}
