package release

import (
	"encoding/json"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/reports"
)

// The types of the statements. Nobody signs them here: cosign and others sign what a file holds.
const (
	statementType  = "https://in-toto.io/Statement/v1"
	provenanceType = "https://slsa.dev/provenance/v1"
	buildType      = "https://github.com/acdeploy/acdeploy/run/v1"
)

// statement says something of the model's files, in the form of in-toto.
type statement struct {
	Type          string     `json:"_type"`
	Subject       []resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     any        `json:"predicate"`
}

// resource is something that a digest identifies. Where it has several digests, each of them does.
type resource struct {
	Name        string            `json:"name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// The kinds of digests. That of a model covers its data files, see package model.
const (
	kindSHA256 = "sha256"
	kindModel  = "model_sha256"
	kindCommit = "gitCommit"
)

// statement is one about the model.
func (f *facts) statement(kind string, predicate any) statement {
	s := statement{Type: statementType, PredicateType: kind, Predicate: predicate}
	for _, p := range f.parts {
		s.Subject = append(s.Subject, resource{Name: p.Name, Digest: map[string]string{kindSHA256: p.SHA256}})
	}
	return s
}

// slsa is the predicate of SLSA that says how something was built.
type slsa struct {
	Definition buildDefinition `json:"buildDefinition"`
	Run        runDetails      `json:"runDetails"`
}

type buildDefinition struct {
	Type         string         `json:"buildType"`
	External     externalInputs `json:"externalParameters"`
	Internal     internalInputs `json:"internalParameters"`
	Dependencies []resource     `json:"resolvedDependencies"`
}

// externalInputs is what whoever runs a build decides.
type externalInputs struct {
	Configuration json.RawMessage `json:"configuration"` // as used
}

// internalInputs is what follows from it.
type internalInputs struct {
	Passes json.RawMessage `json:"passes"` // that ran, with their options
}

type runDetails struct {
	Builder  builder      `json:"builder"`
	Metadata *runMetadata `json:"metadata,omitempty"`
}

type builder struct {
	ID      string            `json:"id"`
	Version map[string]string `json:"version"`
}

type runMetadata struct {
	Invocation string `json:"invocationId,omitempty"`
	Started    string `json:"startedOn,omitempty"`
	Finished   string `json:"finishedOn,omitempty"`
}

// provenance writes the statement that says how the model was made.
func (f *facts) provenance(to io.Writer) error {
	at, err := f.epoch()
	if err != nil {
		return err
	}
	ci := ciOf(f.env)
	run := runDetails{Builder: builder{ID: ci.builder, Version: map[string]string{"acdeploy": f.stamp.Version}}}
	if ci.invocation != "" || at != "" {
		run.Metadata = &runMetadata{Invocation: ci.invocation, Started: at, Finished: at}
	}
	return reports.JSON(to, f.statement(provenanceType, slsa{
		Definition: buildDefinition{
			Type:         buildType,
			External:     externalInputs{f.report.Config},
			Internal:     internalInputs{json.RawMessage(f.stamp.Passes)},
			Dependencies: append(f.dependencies(), ci.source...),
		},
		Run: run,
	}))
}

// dependencies are what the model was made of and with.
func (f *facts) dependencies() []resource {
	list := []resource{
		source(f.report.Fuse.Input),
		{Name: "configuration", Digest: map[string]string{kindSHA256: f.stamp.Config}},
	}
	for _, p := range f.report.Fuse.Passes {
		if p.Program == nil {
			continue
		}
		for _, file := range p.Program.Files { // a program that ran as a pass
			list = append(list, resource{Name: baseName(file.Path), Digest: map[string]string{kindSHA256: file.SHA256}, Annotations: map[string]string{"pass": p.Name}})
		}
	}
	for _, l := range f.libraries() {
		list = append(list, resource{Name: l.Name, Digest: map[string]string{kindSHA256: l.SHA256}, Annotations: map[string]string{"version": l.Version}})
	}
	return list
}

// source is the model as trained. Its folder is left out: it is that of one machine.
func source(file reports.File) resource {
	return resource{Name: baseName(file.Path), Digest: map[string]string{kindSHA256: file.SHA256, kindModel: file.ModelSHA256}}
}

// libraries are the engines whose files are known, each once, by name.
func (f *facts) libraries() []host.Library {
	var list []host.Library
	for _, l := range f.report.Tools {
		if l.SHA256 != "" && l.SHA256 != host.Unavailable && !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(a, b host.Library) int { return strings.Compare(a.Name+a.SHA256, b.Name+b.SHA256) })
	return list
}

// baseName is the name of a file without its folder, on whatever system it was.
func baseName(file string) string {
	return path.Base(strings.ReplaceAll(filepath.ToSlash(file), `\`, "/"))
}
