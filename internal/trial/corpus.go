package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
)

// corpusSubjects are the models that the ONNX project publishes, in its package for Python. There are none where the file is
// not there.
func corpusSubjects(wheel string) (all []subject, done func() error, err error) {
	archive, err := zip.OpenReader(wheel)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, func() error { return nil }, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read package %s: %w", wheel, err)
	}
	for _, f := range archive.File {
		if ok, _ := path.Match("onnx/backend/test/data/*/*/model.onnx", f.Name); !ok {
			continue
		}
		all = append(all, subject{
			group: groupCorpus, name: path.Base(path.Dir(f.Name)),
			build: func() (*graph.Model, func() error, error) { return decoded(f) },
		})
	}
	return all, archive.Close, nil
}

func decoded(f *zip.File) (m *graph.Model, done func() error, err error) {
	in, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	raw, err := io.ReadAll(in)
	if err != nil {
		return nil, nil, err
	}
	m, err = onnx.Decode(raw, nil)
	return m, func() error { return nil }, err
}
