package publish_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/release/publish"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

func getenv(name string) string {
	if name == "MLFLOW_TRACKING_URI" {
		return "http://127.0.0.1:1"
	}
	return ""
}

// What is wrong with a target is told before anything is delivered, as a mistake of the user.
func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		to   []string
		want string
	}{
		"none":       {nil, "publish needs a target; --to is mlflow, oci://"},
		"unknown":    {[]string{"tritom:x"}, `--to "tritom:x" is not known, did you mean "triton"? (known: mlflow, oci://`},
		"no_path":    {[]string{"triton:"}, "--to triton needs a path, as in triton:PATH"},
		"no_colon":   {[]string{"dir"}, "--to dir needs a path, as in dir:PATH"},
		"with_path":  {[]string{"mlflow:http://x"}, "mlflow takes nothing after it"},
		"twice":      {[]string{"dir:x", "dir:x"}, "--to dir:x is given twice"},
		"no_storage": {[]string{"kserve:x.yaml"}, "KServe has to get the model from somewhere; give --storage-uri"},
		"artefact":   {[]string{"oci://localhost:1/a:b", "kserve:x.yaml"}, "--as image"},
		"no_tag":     {[]string{"oci://localhost:1/a"}, "names no version"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := publish.Parse(c.to, publish.Options{Getenv: getenv})
			if err == nil || !errors.Is(err, outcome.ErrUsage) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
		})
	}
	_, err := publish.Parse([]string{"mlflow"}, publish.Options{Getenv: func(string) string { return "" }})
	if err == nil || !errors.Is(err, outcome.ErrUsage) || !strings.Contains(err.Error(), "--to mlflow: MLFLOW_TRACKING_URI is not set") {
		t.Errorf("got %v", err)
	}
}

// Each target is told by itself: one that fails keeps none of the others from its delivery.
func TestDeliver(t *testing.T) {
	f, dir := releasetest.Folder(t), t.TempDir()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	busy := filepath.Join(dir, "busy")
	if err := os.MkdirAll(filepath.Join(busy, "something"), 0o755); err != nil {
		t.Fatal(err)
	}
	to := []string{"kserve:" + filepath.Join(dir, "service.yaml"), "dir:" + busy, "triton:" + filepath.Join(dir, "models"), "dir:" + filepath.Join(dir, "copy")}
	var heard []string
	options := publish.Options{Getenv: getenv, Storage: "s3://bucket/folder", Told: func(target, _ string) { heard = append(heard, target) }}
	for _, unchanged := range []bool{false, true} {
		d, err := publish.Parse(to, options)
		if err != nil {
			t.Fatal(err)
		}
		plans := d.Plan(f)
		all, err := d.Deliver(t.Context(), f)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "publish to dir:"+busy+": it holds something else") {
			t.Errorf("got %v", err)
		}
		if len(all) != len(to) || len(plans) != len(to) || all[len(all)-1].Target != to[0] {
			t.Fatalf("%+v", all)
		}
		for i, o := range all {
			fails := o.Target == "dir:"+busy
			if (o.Error != "") != fails || !fails && o.Unchanged != unchanged || o.Done == nil || len(plans[i].Plan) == 0 || plans[i].Target != o.Target {
				t.Errorf("%+v", o)
			}
		}
	}
	if len(heard) != 2*len(to) {
		t.Errorf("heard %v", heard)
	}
}

// KServe gets the image of the same delivery by its digest; without that, nothing is written.
func TestStorageOfRegistry(t *testing.T) {
	f, dir := releasetest.Folder(t), t.TempDir()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	service := filepath.Join(dir, "service.yaml")
	d, err := publish.Parse([]string{"kserve:" + service, "oci://127.0.0.1:1/models/net:v1"}, publish.Options{Getenv: getenv, As: "image"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Deliver(t.Context(), f)
	if err == nil || len(all) != 2 || !strings.Contains(all[1].Error, "it needs the digest that oci://127.0.0.1:1/models/net:v1 gives, and nothing was delivered there") {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := os.Stat(service); err == nil {
		t.Error("there is a service")
	}
}

// Only MLflow takes a report alone.
func TestLogs(t *testing.T) {
	for name, want := range map[string]bool{"mlflow": true, "dir:x": false} {
		d, err := publish.Parse([]string{name}, publish.Options{Getenv: getenv})
		if err != nil || d.Logs() != want {
			t.Errorf("%s: %t, %v", name, d.Logs(), err)
		}
	}
}
