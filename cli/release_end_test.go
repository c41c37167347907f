package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/release/mlflow/mlflowtest"
)

// logits compares what the models of an MLflow registry and of a folder answer with what PyTorch answered.
const logits = `
import sys, numpy, onnxruntime, mlflow
images, want = numpy.load(sys.argv[1])["images"], numpy.load(sys.argv[2])
for model in [mlflow.onnx.load_model("models:/digits@champion").SerializeToString(), open(sys.argv[3], "rb").read()]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    got = session.run(None, {session.get_inputs()[0].name: images})[0]
    assert got.shape == want.shape, got.shape
    worst = abs(got - want).max() / abs(want).max()
    assert worst < 1e-5, worst
print("the same")
`

// TestReleaseFromEndToEnd goes with a trained network through run, its gates and its release folder to MLflow's own server, a registry and
// a model repository, and back. What comes back gives PyTorch's own answers.
func TestReleaseFromEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("starts worker processes and a server; -short")
	}
	models, err := filepath.Abs("../../shared/models")
	if err != nil {
		t.Fatal(err)
	}
	network := filepath.Join(models, "resnet20")
	if _, err := os.Stat(network); err != nil {
		t.Skip("the trained networks are not here: ", err)
	}
	python, server := mlflowtest.Python(t), mlflowtest.Start(t)
	s := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	defer s.Close()
	t.Chdir(t.TempDir())
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	config := fmt.Sprintf(`version: 1
model: %[1]s/acnet.onnx
baseline: %[1]s/baseline.onnx
release: release
release_name: digits
release_alias: champion
verify: {data: {path: %[2]s}}
bench: {duration: 2s, units: 2}
gates:
  latency: {require: nothing}
  top1_max_drop: 0
  size_max_growth: 0
  fused: {conv_count: baseline, max_refusals: 0}
  engines: [ort]
  strict: true
`, network, filepath.Join(models, "digits-eval.npz"))
	if err := os.WriteFile("model.yaml", []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	does := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		switch code := cli.Run(t.Context(), &out, &errs, args, toolbox()); code {
		case cli.ExitOK:
		case cli.ExitMissing:
			t.Skipf("there is no engine here: %s", &errs)
		default:
			t.Fatalf("%s: exit code %d\n%s", strings.Join(args, " "), code, &errs)
		}
		return out.String()
	}
	does("run", "model.yaml")
	ref := "oci://" + strings.TrimPrefix(s.URL, "http://") + "/models/digits"
	doc, said, code := publish(t, "release", "--to", "mlflow", "--to", ref+":v1", "--to", "triton:models")
	if code != cli.ExitOK || len(doc.Targets) != 3 {
		t.Fatalf("exit code %d, %s: %+v", code, said, doc)
	}
	digest := doc.Targets[1].Reference
	if !strings.HasPrefix(digest, ref) || !strings.Contains(digest, "@sha256:") {
		t.Fatalf("the registry has it as %s", digest)
	}
	does("fetch", digest, "-o", "back")
	does("release", "verify", "back", "--source", filepath.Join(network, "acnet.onnx"))
	if served, err := filepath.Glob("models/*/1/model.onnx"); err != nil || len(served) != 1 {
		t.Errorf("Triton gets %v, %v", served, err)
	}
	cmd := exec.Command(python, "-c", logits, filepath.Join(models, "digits-eval.npz"), filepath.Join(network, "acnet-logits.npy"), "back/model.onnx")
	cmd.Env = append(mlflowtest.Environment(), "MLFLOW_TRACKING_URI="+server.URL)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "the same") {
		t.Errorf("%v\n%s", err, out)
	}
}
