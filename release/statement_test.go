package release_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	provenance "github.com/in-toto/attestation/go/predicates/provenance/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
	"github.com/acdeploy/acdeploy/reports"
)

// statementOf reads a statement by the types of in-toto, which refuse what they do not know.
func statementOf(t *testing.T, f *release.Folder, name string) *intoto.Statement {
	t.Helper()
	s := &intoto.Statement{}
	if err := (protojson.UnmarshalOptions{}).Unmarshal(read(t, f.Dir, name), s); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	for _, file := range f.Files {
		if file.Name == release.ModelFile && (len(s.GetSubject()) != 1 || s.GetSubject()[0].GetName() != file.Name || s.GetSubject()[0].GetDigest()["sha256"] != file.SHA256) {
			t.Errorf("the subject is %v", s.GetSubject())
		}
	}
	return s
}

// provenanceOf reads the provenance by the types of SLSA.
func provenanceOf(t *testing.T, f *release.Folder) *provenance.Provenance {
	t.Helper()
	s := statementOf(t, f, release.ProvenanceFile)
	text, err := protojson.Marshal(s.GetPredicate())
	if err != nil {
		t.Fatal(err)
	}
	p := &provenance.Provenance{}
	if err := (protojson.UnmarshalOptions{}).Unmarshal(text, p); err != nil {
		t.Fatal(err)
	}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	if s.GetPredicateType() != "https://slsa.dev/provenance/v1" {
		t.Errorf("the type is %s", s.GetPredicateType())
	}
	return p
}

// The provenance says what the model was made of and with, by digests.
func TestProvenance(t *testing.T) {
	f := releasetest.Folder(t)
	p := provenanceOf(t, f)
	dependencies := map[string]string{}
	for _, d := range p.GetBuildDefinition().GetResolvedDependencies() {
		dependencies[d.GetName()] = d.GetDigest()["sha256"]
	}
	config, err := release.ConfigDigest(f.Report.Config)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"acnet.onnx": f.Report.Fuse.Input.SHA256, "configuration": config, "ort": f.Report.Tools[0].SHA256}
	if !maps.Equal(dependencies, want) {
		t.Errorf("made of %v, want %v", dependencies, want)
	}
	if source := p.GetBuildDefinition().GetResolvedDependencies()[0]; source.GetDigest()["model_sha256"] != f.Report.Fuse.Input.ModelSHA256 {
		t.Errorf("the source is %v", source)
	}
	if got := p.GetBuildDefinition().GetInternalParameters().GetFields()["passes"].GetListValue().GetValues(); len(got) != len(f.Report.Fuse.Passes) {
		t.Errorf("the passes are %v", got)
	}
}

// A program that ran as a pass is among what the model was made with, and so is each of its files.
func TestProvenanceOfPrograms(t *testing.T) {
	c := releasetest.Contents(t)
	c.Report.Fuse.Passes[0].Program = &reports.Program{Command: []string{"python3", "passes/my_pass.py"}, Files: []reports.ProgramFile{
		{Path: "/usr/bin/python3", SHA256: strings.Repeat("0a", 32)}, {Path: "passes/my_pass.py", SHA256: strings.Repeat("0b", 32)},
	}}
	dir := filepath.Join(t.TempDir(), "release")
	if _, err := release.Write(t.Context(), dir, c); err != nil {
		t.Fatal(err)
	}
	f, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, d := range provenanceOf(t, f).GetBuildDefinition().GetResolvedDependencies() {
		if pass := d.GetAnnotations().GetFields()["pass"].GetStringValue(); pass == c.Report.Fuse.Passes[0].Name {
			found[d.GetName()] = d.GetDigest()["sha256"]
		}
	}
	if want := map[string]string{"python3": strings.Repeat("0a", 32), "my_pass.py": strings.Repeat("0b", 32)}; !maps.Equal(found, want) {
		t.Errorf("made with %v, want %v", found, want)
	}
}

// In a pipeline the builder is that, and the commit is among what the model was made of. No secret of its variables is anywhere.
func TestProvenanceOfAPipeline(t *testing.T) {
	for key, value := range map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "me/net", "GITHUB_RUN_ID": "7",
		"GITHUB_WORKFLOW_REF": "me/net/.github/workflows/model.yml@refs/heads/main", "GITHUB_REF": "refs/heads/main",
		"GITHUB_SHA": strings.Repeat("ab", 20), "GITHUB_TOKEN": "hunter2", "MLFLOW_TRACKING_PASSWORD": "hunter2",
	} {
		t.Setenv(key, value)
	}
	f := releasetest.Folder(t)
	p := provenanceOf(t, f)
	if id := p.GetRunDetails().GetBuilder().GetId(); id != "https://github.com/me/net/.github/workflows/model.yml@refs/heads/main" {
		t.Errorf("built by %s", id)
	}
	all := p.GetBuildDefinition().GetResolvedDependencies()
	if last := all[len(all)-1]; last.GetUri() != "git+https://github.com/me/net@refs/heads/main" || last.GetDigest()["gitCommit"] != strings.Repeat("ab", 20) {
		t.Errorf("made of %v", all)
	}
	for _, name := range listed(t, f.Dir) {
		if strings.Contains(string(read(t, f.Dir, name)), "hunter2") {
			t.Errorf("%s has a secret", name)
		}
	}
	t.Setenv("GITHUB_ACTIONS", "") // whoever verifies is somewhere else
	for _, c := range release.Verify(f) {
		if !c.Passed {
			t.Errorf("%+v", c)
		}
	}
	if !slices.ContainsFunc(release.Verify(f), func(c release.Check) bool { return c.Name == "provenance" }) {
		t.Error("the provenance was not looked at")
	}
}
