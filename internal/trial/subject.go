package main

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/model"
)

// subject is a network to try the proof on.
type subject struct {
	group  string
	name   string
	build  func() (*graph.Model, func() error, error) // the model, and what closes it
	shapes bench.Sizes
	source string // package and version
	large  bool   // of more than some three million parameters
	bytes  int64  // of its file; of a built-in network no more than whether it is large
}

// The groups.
const (
	groupZoo      = "zoo"
	groupTrained  = "trained"
	groupPackages = "packages"
	groupCorpus   = "corpus"
)

// largeNetworks are the built-in networks of more than three million parameters.
func largeNetworks() []string {
	return []string{"alexnet", "vgg16", "resnet18", "resnet50", "densenet121", "wrn16_8", "replknet"}
}

// zooSubjects are the built-in networks, as trained, over small images.
func zooSubjects() []subject {
	var all []subject
	for _, n := range zoo.Networks() {
		for axis := range n.Input[1:] {
			if n.Input[axis+1] > 64 && n.Name != "alexnet" { // its last layers know the size of the image
				n.Input[axis+1] = 64
			}
		}
		large := slices.Contains(largeNetworks(), n.Name)
		var bytes int64
		if large {
			bytes = largeFile
		}
		all = append(all, subject{
			group: groupZoo, name: n.Name, shapes: bench.Sizes{{Symbol: "N", Sizes: []int64{1}}}, large: large, bytes: bytes,
			build: func() (*graph.Model, func() error, error) {
				return n.Build(zoo.Form{Branched: true, Seed: 1}), func() error { return nil }, nil
			},
		})
	}
	return all
}

// trainedSubjects are the models in the folders of a folder. There may be none.
func trainedSubjects(folder string) ([]subject, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*", "*.onnx"))
	if err != nil {
		return nil, err
	}
	var all []subject
	for _, path := range paths {
		name := filepath.Base(filepath.Dir(path)) + "/" + strings.TrimSuffix(filepath.Base(path), ".onnx")
		all = append(all, fileSubject(groupTrained, name, path, func(string, int) int64 { return 1 }))
	}
	return all, nil
}

// largeFile is the size of a file of some three million parameters.
const largeFile = 12 << 20

// fileSubject is a model in a file. size gives the size of an open dimension, by the axis of an input. A symbol that stands
// for several has the largest of their sizes.
func fileSubject(group, name, path string, size func(input string, axis int) int64) subject {
	s := subject{group: group, name: name}
	f, err := model.Open(path)
	if err != nil {
		s.build = func() (*graph.Model, func() error, error) { return nil, nil, err }
		return s
	}
	if d, err := f.Digest(); err == nil {
		s.large, s.bytes = d.Bytes > largeFile, d.Bytes
	}
	sizes := map[string]int64{}
	for _, in := range f.Signature().Inputs {
		for axis, d := range in.Shape {
			symbol := cmp.Or(d.Param, fmt.Sprintf("%s.%d", in.Name, axis))
			if d.Size < 0 {
				sizes[symbol] = max(sizes[symbol], size(in.Name, axis))
			}
		}
	}
	for _, symbol := range slices.Sorted(maps.Keys(sizes)) {
		s.shapes = append(s.shapes, bench.Size{Symbol: symbol, Sizes: []int64{sizes[symbol]}})
	}
	_ = f.Close()
	s.build = func() (*graph.Model, func() error, error) {
		f, err := model.Open(path)
		if err != nil {
			return nil, nil, err
		}
		return f.Model(), f.Close, nil
	}
	return s
}
