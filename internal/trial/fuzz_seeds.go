package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// seedFile is a model file to change, with its data files.
type seedFile struct {
	name   string
	file   mutant.File
	beside map[string][]byte // by their names
}

// write writes a mutant, and the data files beside it.
func (s seedFile) write(path string, raw []byte) error {
	err := os.WriteFile(path, raw, 0o644)
	for name, data := range s.beside {
		err = errors.Join(err, os.WriteFile(filepath.Join(filepath.Dir(path), name), data, 0o644))
	}
	return err
}

// seedOfFile reads a model file.
func seedOfFile(name, path string) (seedFile, error) {
	s := seedFile{name: name, beside: map[string][]byte{}}
	raw, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	f, err := model.Open(path)
	if err != nil {
		return s, err
	}
	for _, data := range f.External() {
		if s.beside[filepath.Base(data)], err = os.ReadFile(filepath.Join(filepath.Dir(path), filepath.Base(data))); err != nil {
			return s, errors.Join(err, f.Close())
		}
	}
	var ok bool
	if s.file, ok = mutant.Parse(raw); !ok {
		err = fmt.Errorf("read %s: this is no model", path)
	}
	return s, errors.Join(err, f.Close())
}

// mostParameters is how large a network may be that many mutants can be made of in a short time.
const mostParameters = 1 << 18

// fuzzSeeds are the small networks of the zoo, each in one file and with its weights beside it, and the models of exporters in a
// folder.
func fuzzSeeds(ctx context.Context, folder, scratch string) ([]seedFile, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*", "*.onnx"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("there are no models in the folders of %s", folder)
	}
	for _, s := range zooSubjects() {
		if s.large {
			continue
		}
		m, closeModel, err := s.build()
		if err != nil {
			return nil, err
		}
		if model.Count(m).Parameters > mostParameters {
			continue
		}
		path := filepath.Join(scratch, s.name+".onnx")
		apart := filepath.Join(scratch, s.name+"_apart.onnx")
		_, inside := mapped.Save(ctx, path, m, mapped.Options{})
		_, beside := mapped.Save(ctx, apart, m, mapped.Options{Limit: 1})
		if err := errors.Join(inside, beside, closeModel()); err != nil {
			return nil, err
		}
		paths = append(paths, path, apart)
	}
	return readSeeds(paths)
}

func readSeeds(paths []string) ([]seedFile, error) {
	var seeds []seedFile
	for _, path := range paths {
		s, err := seedOfFile(filepath.Base(path), path)
		if err != nil {
			return nil, err
		}
		seeds = append(seeds, s)
	}
	return seeds, nil
}
