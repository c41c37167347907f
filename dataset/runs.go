package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/tensor"
)

// maxRuns bounds the files of a folder.
const maxRuns = 100_000

// source finds arrays by name.
type source interface {
	has(name string) bool
	find(name string) (*member, error)
	label() string
}

func (a *archive) label() string { return filepath.Base(a.path) }

// folder is .npy files, one for each array.
type folder struct {
	path  string
	names []string
}

func (f *folder) label() string { return filepath.Base(f.path) }

func (f *folder) has(name string) bool { return slices.Contains(f.names, name) }

func (f *folder) find(name string) (*member, error) {
	if !f.has(name) {
		return nil, fmt.Errorf("there is no %s.npy; there are %s", name, strings.Join(f.names[:min(len(f.names), mostNames)], ", "))
	}
	return findPlain(filepath.Join(f.path, name+".npy"), name)
}

// run is the inputs of one.
type run struct {
	name  string
	feeds []feed
	rows  int // samples in it; 0 where the inputs have no batch
}

// openFolder opens an .npz file for each run, in the order of their names, or arrays as .npy files.
func openFolder(o Options, inputs []tensor.Spec, account dims.Account) (*Set, error) {
	path := o.Path
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var sources []source
	arrays := &folder{path: path}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".npy"); ok {
			arrays.names = append(arrays.names, name)
		}
		if !strings.HasSuffix(e.Name(), ".npz") {
			continue
		}
		a, err := openArchive(filepath.Join(path, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		if sources = append(sources, a); len(sources) > maxRuns {
			return nil, fmt.Errorf("it holds more than %d .npz files", maxRuns)
		}
	}
	switch {
	case len(sources) > 0 && len(arrays.names) > 0:
		return nil, errors.New("it holds .npz files and .npy files; keep either a file (.npz) for each run, or an array (.npy) for each input")
	case len(sources) > 0:
		return openRuns(path, sources, inputs, account)
	case len(arrays.names) == 0:
		return nil, errors.New("it holds neither .npz files, one for each run, nor .npy files, one for each input")
	}
	samples := arrays.has(o.Images) || account.LeadsAll()
	if samples && (arrays.has(o.Images) || account.HasBatch()) {
		return openSamples(o, arrays, inputs)
	}
	s, err := openRuns(path, []source{arrays}, inputs, account)
	if err != nil && samples { // the batch is fixed, and they are more
		return openSamples(o, arrays, inputs)
	}
	return s, err
}

// openRuns takes each source for the inputs of one run.
func openRuns(path string, sources []source, inputs []tensor.Spec, account dims.Account) (*Set, error) {
	s := &Set{path: path}
	for _, from := range sources {
		r := run{name: from.label()}
		shapes, total := map[string][]int64{}, 0
		for _, spec := range inputs {
			m, err := from.find(spec.Name)
			if err == nil {
				err = fitsWhole(m, spec)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			if total += m.size(m.count); total > maxInputBytes {
				return nil, fmt.Errorf("%s: the inputs of one run take more than %d bytes", r.name, maxInputBytes)
			}
			r.feeds, shapes[spec.Name] = append(r.feeds, feed{spec, m}), m.shape
		}
		r.rows = account.Rows(shapes)
		s.runs = append(s.runs, r)
		s.samples += max(r.rows, 1)
	}
	return s, nil
}

// fitsWhole checks that an array can be an input.
func fitsWhole(m *member, spec tensor.Spec) error {
	if !converts(m.typ, spec.Type) {
		return fmt.Errorf("array %q is %s, input %q is %s; save it as that", m.name, m.typ, spec.Name, spec.Type)
	}
	fits := !spec.Ranked || len(spec.Shape) == len(m.shape)
	for axis := 0; fits && spec.Ranked && axis < len(m.shape); axis++ {
		fits = spec.Shape[axis].Size < 0 || spec.Shape[axis].Size == m.shape[axis]
	}
	if !fits {
		return fmt.Errorf("array %q has shape %s, which does not fit input %s%s", m.name, tensor.FormatShape(m.shape), spec, layoutHint(m.name, m.shape, spec))
	}
	return nil
}

// eachRun reads one run after the other.
func (s *Set) eachRun(use func(Batch) bool) error {
	first := 0
	for _, r := range s.runs {
		b := Batch{Inputs: tensor.Map{}, First: first, Rows: r.rows, Padded: r.rows}
		for _, in := range r.feeds {
			t, err := in.member.whole()
			if err == nil {
				t, err = convert(t, in.spec.Type)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			b.Inputs[in.spec.Name] = t
		}
		if first += max(r.rows, 1); !use(b) {
			return nil
		}
	}
	return nil
}
