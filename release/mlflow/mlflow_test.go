package mlflow

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/mlflow/mlflowtest"
	"github.com/acdeploy/acdeploy/reports"
)

// The same folder twice changes nothing, and the receipt says where it is.
func TestPublishTwice(t *testing.T) {
	server, f := newFake(t), folder(t)
	s := server.settings(t, "MLFLOW_TRACKING_USERNAME=me", "MLFLOW_TRACKING_PASSWORD="+secret)
	var notes []string
	target := New(s, func(note string) { notes = append(notes, note) })
	first, err := target.Publish(t.Context(), f)
	if err != nil || first.Unchanged || first.Reference != "models:/"+f.Name+"/1" || first.Target != "mlflow" {
		t.Fatalf("%+v, %v", first, err)
	}
	asked := len(server.asked)
	second, err := target.Publish(t.Context(), f)
	if err != nil || !second.Unchanged || second.Reference != first.Reference || len(second.Done) > 0 {
		t.Fatalf("%+v, %v", second, err)
	}
	for _, request := range server.asked[asked:] {
		if !strings.HasPrefix(request, "GET ") && !strings.HasSuffix(request, "/search") {
			t.Errorf("it asks for %s", request)
		}
	}
	for i, who := range server.who {
		if who != s.authorization() {
			t.Errorf("%s is asked as %q", server.asked[i], who)
		}
	}
	plan := strings.Join(target.Plan(f), "\n")
	if !strings.Contains(plan, `point alias "champion" to it`) || strings.Contains(plan+strings.Join(notes, "\n"), secret) || len(notes) < 10 {
		t.Errorf("plan %s\nnotes %q", plan, notes)
	}
	model, err := os.ReadFile(f.Dir + "/" + release.ModelFile)
	if err != nil || server.files["7/run1/artifacts/model/model.onnx"] != string(model) {
		t.Errorf("the model that arrived is another one (%v)", err)
	}
}

// Another release of the same model gets a version of its own.
func TestNextVersion(t *testing.T) {
	server, f := newFake(t), folder(t)
	checkPublished(t, server, server.settings(t), f)
	f.Digest = strings.Repeat("0", 64)
	r, err := New(server.settings(t), nil).Publish(t.Context(), f)
	if err != nil || r.Reference != "models:/"+f.Name+"/2" || server.models[f.Name]["champion"] != "2" || len(server.runs) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A run that did not pass is logged as failed, without version and alias; so is a report without a model.
func TestFailedRun(t *testing.T) {
	for name, change := range map[string]func(*release.Folder){
		"failed": func(f *release.Folder) { f.Report.Conclusion.Passed = false },
		"report": func(f *release.Folder) {
			f.Report.Conclusion.Passed, f.Name, f.Alias = false, "", ""
			for _, file := range f.Files {
				if file.Name == release.ReportFile {
					f.Files = []release.File{file}
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, f := newFake(t), folder(t)
			change(f)
			for _, unchanged := range []bool{false, true} {
				r, err := New(server.settings(t), nil).Publish(t.Context(), f)
				if err != nil || r.Reference != "runs:/run1" || r.Unchanged != unchanged {
					t.Errorf("%+v, %v", r, err)
				}
			}
			if len(server.runs) != 1 || server.runs[0].Status != failed || len(server.versions)+len(server.models) > 0 || len(server.runs[0].Metrics) == 0 {
				t.Errorf("%+v, %v", server.runs, server.versions)
			}
			if plan := strings.Join(New(server.settings(t), nil).Plan(f), "\n"); !strings.Contains(plan, "register no version: the run did not pass") {
				t.Errorf("plan %s", plan)
			}
		})
	}
}

// A release without a name is logged, and registered nowhere.
func TestNoName(t *testing.T) {
	server, f := newFake(t), folder(t)
	f.Name = ""
	r, err := New(server.settings(t), nil).Publish(t.Context(), f)
	if err != nil || !strings.Contains(strings.Join(r.Done, " "), "no version: the release has no name; release_name") || len(server.versions) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// answers loads what was registered with MLflow's own client, and compares its answers with those of the file of the release.
const answersOf = `
import json, sys
import numpy, onnxruntime, mlflow
mlflow.set_tracking_uri(__import__("os").environ["MLFLOW_TRACKING_URI"])
name, path, digits = sys.argv[1:]
images = numpy.load(digits)["images"][:4]
want = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
key = want.get_inputs()[0].name
loaded = mlflow.onnx.load_model(f"models:/{name}@champion")
got = onnxruntime.InferenceSession(loaded.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {key: images})[0]
served = mlflow.pyfunc.load_model(f"models:/{name}@champion")
predicted = list(served.predict({key: images}).values())[0]
right = want.run(None, {key: images})[0]
client = mlflow.MlflowClient()
version = client.get_model_version_by_alias(name, "champion")
run = client.get_run(version.run_id)
runs = client.search_runs([run.info.experiment_id])
failed = [r for r in runs if r.info.status == "FAILED"]
series = next(k for k in run.data.metrics if k.endswith("unit/ratio"))
print(json.dumps({
    "same": bool((got == right).all()), "predicted": bool((predicted == right).all()), "top1": right.argmax(1).tolist(),
    "version": int(version.version), "versions": len(client.search_model_versions(f"name='{name}'")), "status": run.info.status, "runs": len(runs),
    "failed": [len(r.data.metrics) > 0 for r in failed], "series": [[m.step, m.value] for m in client.get_metric_history(version.run_id, series)],
    "inputs": [i.name for i in served.metadata.signature.inputs], "params": len(run.data.params),
}))
`

// TestServer publishes to MLflow's own server: twice a release, and once a run that failed. Its own client loads the model by the alias,
// and the answers are those of the release.
func TestServer(t *testing.T) {
	server, f := mlflowtest.Start(t), folder(t)
	s, err := FromEnvironment(getenv("MLFLOW_TRACKING_URI="+server.URL, "MLFLOW_HTTP_REQUEST_TIMEOUT=600"))
	if err != nil {
		t.Fatal(err)
	}
	for _, unchanged := range []bool{false, true} {
		r, err := New(s, nil).Publish(t.Context(), f)
		if err != nil || r.Unchanged != unchanged || r.Reference != "models:/"+f.Name+"/1" {
			t.Fatalf("%+v, %v\n%s", r, err, server.Log())
		}
	}
	bad := *f
	report := *f.Report
	ended := *f.Report.Conclusion
	ended.Passed, ended.ExitCode = false, 4
	report.Conclusion, bad.Report, bad.Digest = &ended, &report, strings.Repeat("0", 64)
	if r, err := New(s, nil).Publish(t.Context(), &bad); err != nil || !strings.HasPrefix(r.Reference, "runs:/") {
		t.Fatalf("%+v, %v", r, err)
	}
	// It takes no parts; the file goes as a whole.
	c := newClient(s)
	found, err := c.find(t.Context(), experimentOf(t, c), f.Digest)
	if err != nil || found == nil {
		t.Fatal(found, err)
	}
	to, _ := c.store(found)
	to.size = 4
	if err := to.put(t.Context(), tenBytes()); err != nil || !to.whole {
		t.Errorf("whole %t, %v", to.whole, err)
	}
	var got struct {
		Same, Predicted         bool
		Top1                    []int
		Version, Versions, Runs int
		Status                  string
		Failed                  []bool
		Series                  [][2]float64
		Inputs                  []string
		Params                  int
	}
	said := server.Run(t, answersOf, f.Name, f.Dir+"/"+release.ModelFile, "../../examples/digits.npz")
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		t.Fatalf("%v in %s", err, said)
	}
	if !got.Same || !got.Predicted || len(got.Top1) != 4 || got.Version != 1 || got.Versions != 1 || got.Runs != 2 || got.Status != finished || got.Params == 0 || len(got.Inputs) != 1 {
		t.Errorf("%+v", got)
	}
	if len(got.Failed) != 1 || !got.Failed[0] {
		t.Errorf("failed runs: %v", got.Failed)
	}
	checkSeries(t, f.Report, got.Series)
}

func experimentOf(t *testing.T, c *client) string {
	t.Helper()
	id, err := c.experiment(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func checkSeries(t *testing.T, r *reports.Report, got [][2]float64) {
	t.Helper()
	c := r.Comparisons[0]
	steps := completeUnits(r, c)
	if len(got) != len(steps) {
		t.Fatalf("%d numbers for %d units", len(got), len(steps))
	}
	for i, m := range got {
		if int(m[0]) != steps[i] || m[1] != float64(c.UnitRatios[i]) {
			t.Errorf("unit %d: %v, want %v", steps[i], m, c.UnitRatios[i])
		}
	}
}
