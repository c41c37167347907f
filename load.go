package acdeploy

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/reports"
)

// Source is a model file, open as it was trained. Everything made of it is valid until it is closed.
type Source struct {
	file   *mapped.File
	face   backends.Model
	before reports.Graph
	digest func() (string, error)
}

// Load opens a model.
func Load(path string) (*Source, error) {
	file, err := mapped.Open(path)
	if err != nil {
		return nil, err
	}
	s := &Source{file: file, digest: sync.OnceValues(file.SHA256)}
	err = mapped.Guard(func() error {
		s.face, s.before = declare(path, file.Model), Count(file.Model)
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read model %s: %w", path, err), file.Close())
	}
	go func() { _, _ = s.digest() }() // while the passes run; [Source.File] reports its error
	return s, nil
}

// Close ends the use of the file.
func (s *Source) Close() error {
	_, _ = s.digest() // it must not read a closed file
	return s.file.Close()
}

// Graph is the model of the file.
func (s *Source) Graph() *graph.Model { return s.file.Model }

// Counts says what the model consisted of when it was loaded.
func (s *Source) Counts() reports.Graph { return s.before }

// Notes are what was unusual in the file.
func (s *Source) Notes() []string { return s.file.Model.Notes }

// Is reports whether path names the model's file or one of its data files, by whatever name or link.
func (s *Source) Is(path string) bool { return s.file.SameFile(path) }

// External are the paths of the files with external data.
func (s *Source) External() []string { return s.file.External() }

// File is the file with its digest.
func (s *Source) File() (reports.File, error) {
	sum, err := s.digest()
	if err != nil {
		return reports.File{}, err
	}
	f := reports.File{Path: s.file.Path, SHA256: sum, Bytes: s.file.Size()}
	for _, path := range s.file.External() {
		info, err := os.Stat(path)
		if err != nil {
			return f, fmt.Errorf("read model %s: %w", s.file.Path, err)
		}
		f.Bytes += info.Size()
	}
	return f, nil
}

// Interface is the model as an engine opens it.
func (s *Source) Interface() backends.Model { return s.face }

// Interface reads what the model at path declares.
func Interface(path string) (backends.Model, error) {
	file, err := mapped.Open(path)
	if err != nil {
		return backends.Model{}, err
	}
	var face backends.Model
	err = mapped.Guard(func() error {
		face = declare(path, file.Model)
		return nil
	})
	if err != nil {
		err = fmt.Errorf("read model %s: %w", path, err)
	}
	return face, errors.Join(err, file.Close())
}

// declare takes the interface out of a graph.
func declare(path string, m *graph.Model) backends.Model {
	return backends.Model{Name: path, Path: path, Inputs: onnx.Specs(m.Graph.Inputs()), Outputs: onnx.Specs(m.Graph.Outputs())}
}

// Count says what a model consists of, its sub-graphs included. Operators of other domains than ONNX's
// own are called domain.operator.
func Count(m *graph.Model) reports.Graph {
	c := reports.Graph{Ops: map[string]int{}}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			c.Nodes++
			op := n.OpType
			if n.Domain != "" && n.Domain != "ai.onnx" {
				op = n.Domain + "." + op
			}
			c.Ops[op]++
		}
		for v := range g.Initializers() {
			if t := v.Data(); t != nil {
				c.Parameters += int64(t.Len())
			}
		}
	}
	return c
}
