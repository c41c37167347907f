package release_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// resum writes the sums of a folder anew, as somebody does who wants to hide a change.
func resum(t *testing.T, dir string) {
	t.Helper()
	var lines strings.Builder
	for _, name := range listed(t, dir) {
		if name != release.SumsFile {
			lines.WriteString(osfile.SHA256Bytes(read(t, dir, name)) + "  " + name + "\n")
		}
	}
	write(t, dir, release.SumsFile, lines.String())
}

// failures are the checks of a folder that fail, each as "name: detail".
func failures(t *testing.T, dir string) []string {
	t.Helper()
	f, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, c := range release.Verify(f) {
		if !c.Passed {
			failed = append(failed, c.Name+": "+c.Detail)
		}
	}
	return failed
}

func TestVerify(t *testing.T) {
	f := releasetest.Folder(t)
	var names []string
	for _, c := range release.Verify(f) {
		if !c.Passed || c.Detail == "" {
			t.Errorf("%+v", c)
		}
		names = append(names, c.Name)
	}
	if got := strings.Join(names, " "); got != "files model report provenance equivalence bom" {
		t.Errorf("checked %s", got)
	}
}

// Somebody who changes a file and its sum is found out by the other files.
func TestVerifyFindsWhatTheSumsHide(t *testing.T) {
	for name, c := range map[string]struct {
		change func(at place)
		want   string
	}{
		"a better ratio": {
			func(at place) { edit(at.T, at.dir, release.EquivalenceFile, `"ratio": 0.9`, `"ratio": 0.8`) },
			"equivalence: equivalence.intoto.json does not agree with the model and the report: predicate.latency[0].ratio is 0.8",
		},
		"a weaker proof": {
			func(at place) {
				edit(at.T, at.dir, release.EquivalenceFile, `"proof": "algebra"`, `"proof": "partial"`)
			},
			`equivalence: equivalence.intoto.json does not agree with the model and the report: predicate.proof is "partial", not "algebra"`,
		},
		"another subject": {
			func(at place) { edit(at.T, at.dir, release.ProvenanceFile, `"sha256": "`, `"sha256": "00`) },
			"provenance: provenance.intoto.json does not agree with the model and the report: subject[0].digest.sha256 is",
		},
		"another source": {
			func(at place) {
				edit(at.T, at.dir, release.ProvenanceFile, `"model_sha256": "`, `"model_sha256": "00`)
			},
			"provenance: provenance.intoto.json does not agree with the model and the report: predicate.buildDefinition.resolvedDependencies[0].digest.model_sha256 is",
		},
		"another hash in the BOM": {
			func(at place) { edit(at.T, at.dir, release.BOMFile, `"content": "`, `"content": "00`) },
			"bom: bom.cdx.json does not agree with the model and the report: metadata.component.hashes[0].content is",
		},
		"no JSON": {
			func(at place) { write(at.T, at.dir, release.BOMFile, "none") },
			"bom: bom.cdx.json is no JSON: invalid character 'o' in literal null (expecting 'u')",
		},
		"an empty statement": {
			func(at place) { write(at.T, at.dir, release.EquivalenceFile, "{}") },
			"equivalence: equivalence.intoto.json does not agree with the model and the report: _type is missing",
		},
		"another configuration": {
			func(at place) { edit(at.T, at.dir, release.ReportFile, `"max_rounds": 8`, `"max_rounds": 9`) },
			"model: by its metadata the model was made with configuration",
		},
		"a failed run": {
			func(at place) { edit(at.T, at.dir, release.ReportFile, `"passed": true`, `"passed": false`) },
			"report: its run did not pass",
		},
		"another model": {
			func(at place) {
				file, err := os.ReadFile(releasetest.Source())
				if err != nil {
					at.Fatal(err)
				}
				write(at.T, at.dir, release.ModelFile, string(file))
			},
			"model: the model's metadata do not say how it was made",
		},
		"the same model, stamped otherwise": {
			func(at place) { restamp(at.T, at.dir, func(p *release.Provenance) { p.Version = "v9" }) },
			"report: it is about another model than model.onnx",
		},
		"stamped with another source": {
			func(at place) {
				restamp(at.T, at.dir, func(p *release.Provenance) { p.Source = strings.Repeat("1", 64) })
			},
			"model: by its metadata the model was made of 111111111111, by the report of 3c5022871728",
		},
		"stamped with other passes": {
			func(at place) {
				restamp(at.T, at.dir, func(p *release.Provenance) { p.Passes = `["remove_unused"]` })
			},
			"model: by its metadata the model was made by the passes remove_unused, by the report by inline_functions",
		},
		"stamped in part": {
			func(at place) { restamp(at.T, at.dir, func(p *release.Provenance) { p.Config = "" }) },
			"model: the model's metadata have no acdeploy.config",
		},
		"a file more": {
			func(at place) { write(at.T, at.dir, "notes.txt", "") },
			"provenance: provenance.intoto.json does not agree with the model and the report: subject is not a list of 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := releasetest.Folder(t).Dir
			c.change(place{t, dir})
			resum(t, dir)
			failed := failures(t, dir)
			if len(failed) == 0 || !strings.HasPrefix(failed[0], c.want) {
				t.Errorf("got  %q\nwant %s", failed, c.want)
			}
		})
	}
}

// A page that is made again, or another text of the card, says nothing of the model that the report does not.
func TestVerifyLeavesWordsAlone(t *testing.T) {
	dir := releasetest.Folder(t).Dir
	appendTo(t, dir, release.CardFile, "\nOur license is MIT.\n")
	resum(t, dir)
	if failed := failures(t, dir); len(failed) > 0 {
		t.Errorf("got %q", failed)
	}
}

// restamp changes the provenance in the model of a folder.
func restamp(t *testing.T, dir string, change func(*release.Provenance)) {
	t.Helper()
	file, err := model.Open(filepath.Join(dir, release.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	m := file.Model().Clone()
	p := release.Stamped(m)
	change(&p)
	release.Stamp(m, p)
	var text strings.Builder
	if _, err := onnx.Encode(&text, m); err != nil {
		t.Fatal(err)
	}
	write(t, dir, release.ModelFile, text.String())
}

// A report without a configuration has no digest of one.
func TestVerifyWithoutConfiguration(t *testing.T) {
	c := releasetest.Contents(t)
	c.Report.Config = json.RawMessage("null")
	dir := filepath.Join(t.TempDir(), "release")
	if _, err := release.Write(t.Context(), dir, c); err != nil {
		t.Fatal(err)
	}
	if failed := failures(t, dir); len(failed) != 1 || !strings.HasPrefix(failed[0], "model: by its metadata the model was made with configuration") {
		t.Errorf("got %q", failed)
	}
}
