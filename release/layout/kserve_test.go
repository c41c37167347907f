package layout_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/layout"
)

func storage() (string, error) { return "s3://bucket/a \"folder\": {", nil }

// The YAML has what KServe needs to find a runtime for ONNX.
func TestKServe(t *testing.T) {
	f, path := folder(t), filepath.Join(t.TempDir(), "new", "service.yaml")
	f.Name = "Digits_ResNet.20"
	to := layout.KServe{Path: path, Storage: storage}
	if r := publish(t, to, f); r.Unchanged {
		t.Errorf("%+v", r)
	}
	var got struct {
		Version  string `yaml:"apiVersion"`
		Kind     string `yaml:"kind"`
		Metadata struct {
			Name        string            `yaml:"name"`
			Annotations map[string]string `yaml:"annotations"`
		} `yaml:"metadata"`
		Spec struct {
			Predictor struct {
				Model struct {
					Format struct {
						Name string `yaml:"name"`
					} `yaml:"modelFormat"`
					Protocol  string `yaml:"protocolVersion"`
					From      string `yaml:"storageUri"`
					Resources struct {
						Limits map[string]string `yaml:"limits"`
					} `yaml:"resources"`
				} `yaml:"model"`
			} `yaml:"predictor"`
		} `yaml:"spec"`
	}
	parse := func() {
		if err := yaml.UnmarshalWithOptions([]byte(read(t, path)), &got, yaml.Strict()); err != nil {
			t.Fatal(err)
		}
	}
	parse()
	m := got.Spec.Predictor.Model
	if got.Version != "serving.kserve.io/v1beta1" || got.Kind != "InferenceService" || got.Metadata.Name != "digits-resnet-20" || m.Format.Name != "onnx" ||
		m.Protocol != "v2" || m.From != `s3://bucket/a "folder": {` || got.Metadata.Annotations["acdeploy/release-digest"] != "sha256:"+f.Digest || m.Resources.Limits != nil {
		t.Errorf("%+v", got)
	}
	if r := publish(t, to, f); !r.Unchanged {
		t.Errorf("%+v", r)
	}
	f.Report.Comparisons = []judge.Comparison{{Key: bench.Key{Backend: "ort", Provider: "cuda"}}}
	if r := publish(t, to, f); r.Unchanged {
		t.Errorf("%+v", r)
	}
	if parse(); got.Spec.Predictor.Model.Resources.Limits["nvidia.com/gpu"] != "1" {
		t.Errorf("%+v", got)
	}
}

// A file of somebody else stays, and so does all where nobody says where the model is.
func TestKServeFails(t *testing.T) {
	f, dir := folder(t), t.TempDir()
	path := filepath.Join(dir, "service.yaml")
	write(t, path, "kind: Secret\n")
	_, err := layout.KServe{Path: path, Storage: storage}.Publish(t.Context(), f)
	if err == nil || !strings.Contains(err.Error(), "the file is not one of acdeploy; name another one") || read(t, path) != "kind: Secret\n" {
		t.Errorf("got %v", err)
	}
	nowhere := layout.KServe{Path: filepath.Join(dir, "other.yaml"), Storage: func() (string, error) { return "", errors.New("nothing was pushed") }}
	if _, err := nowhere.Publish(t.Context(), f); err == nil || !strings.Contains(err.Error(), "nothing was pushed") {
		t.Errorf("got %v", err)
	}
	f.Name = "100"
	if _, err := (layout.KServe{Path: filepath.Join(dir, "other.yaml"), Storage: storage}).Publish(t.Context(), f); err == nil || !strings.Contains(err.Error(), "no letter") {
		t.Errorf("got %v", err)
	}
	in := t.TempDir()
	var to release.Target = layout.KServe{Path: filepath.Join(in, "service.yaml"), Storage: storage}
	eachFault(t, in, to, folder(t), func() bool {
		return strings.Contains(read(t, filepath.Join(in, "service.yaml")), "kind: InferenceService")
	})
}
