package release_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// frontMatter is what a hub reads at the beginning of a card.
type frontMatter struct {
	Library string   `yaml:"library_name"`
	Tags    []string `yaml:"tags"`
	Index   []struct {
		Name    string `yaml:"name"`
		Results []struct {
			Task    struct{ Type string } `yaml:"task"`
			Dataset struct{ Type, Name string }
			Metrics []struct {
				Type  string
				Value float64
				Name  string
			}
		}
	} `yaml:"model-index"`
}

func cardOf(t *testing.T, dir string) (head frontMatter, body string) {
	t.Helper()
	parts := strings.SplitN(string(read(t, dir, release.CardFile)), "---\n", 3)
	if len(parts) != 3 || parts[0] != "" {
		t.Fatal("no front matter")
	}
	if err := yaml.UnmarshalWithOptions([]byte(parts[1]), &head, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return head, parts[2]
}

// What a hub asks of a model index is there: a task, a data set and metrics with values.
func TestCard(t *testing.T) {
	f := releasetest.Folder(t)
	head, body := cardOf(t, f.Dir)
	if head.Library != "onnx" || len(head.Tags) == 0 || len(head.Index) != 1 || head.Index[0].Name != releasetest.Name || len(head.Index[0].Results) != 2 {
		t.Fatalf("got %+v", head)
	}
	found := map[string]float64{}
	for _, r := range head.Index[0].Results {
		if r.Task.Type == "" || r.Dataset.Type == "" || r.Dataset.Name == "" {
			t.Errorf("a result without what a hub asks for: %+v", r)
		}
		for _, m := range r.Metrics {
			found[m.Type] = m.Value
		}
	}
	if found["accuracy"] < 0.98 || found["speedup"] != float64(f.Report.Conclusion.Speedup) || found["latency"] <= 0 {
		t.Errorf("the metrics are %v", found)
	}
	for _, want := range []string{"# digits", "proof: algebra", "Input float", "Output float", "## Provenance", "## Limits", "## Operators", "## Latency", f.Report.Fuse.Input.ModelSHA256} {
		if !strings.Contains(body, want) {
			t.Errorf("the card does not say %q", want)
		}
	}
}

// A name that is full of markup and of YAML stays a name.
func TestCardOfAHostileName(t *testing.T) {
	const name = "a: [b]\n# <script>alert(1)</script> | *x* \x1b[2J"
	c := releasetest.Contents(t)
	config, err := json.Marshal(map[string]any{"model": "m.onnx", "release_name": name})
	if err != nil {
		t.Fatal(err)
	}
	c.Report.Config = config
	dir := filepath.Join(t.TempDir(), "release")
	if _, err := release.Write(t.Context(), dir, c); err != nil {
		t.Fatal(err)
	}
	head, body := cardOf(t, dir)
	if head.Index[0].Name != name {
		t.Errorf("the name is %q", head.Index[0].Name)
	}
	if strings.Contains(body, "<script>") || strings.Contains(body, "\x1b") {
		t.Errorf("the name is more than text:\n%s", body[:300])
	}
}
