package external

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
)

// modelFile is the name of the model in both folders.
const modelFile = "model.onnx"

// exchange is the folders by which a program gets a model and gives one back. Nobody but the user can look into them.
type exchange struct {
	in, out, options string
	sent             []osfile.Part // digests of what went in
	remove           func() error
}

// newExchange writes the model for the program.
func newExchange(ctx context.Context, m *graph.Model, p *Pass) (x *exchange, err error) {
	osfile.SweepScratch()
	folder, remove, err := osfile.MakeScratch(osfile.PassScratch)
	if err != nil {
		return nil, fmt.Errorf("make a folder for the program in %s: %w", os.TempDir(), osfile.Cause(err))
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, errors.Join(err, remove())
	}
	x = &exchange{filepath.Join(folder, "in"), filepath.Join(folder, "out"), filepath.Join(folder, "options.json"), nil, remove}
	if err := x.fill(ctx, m, p); err != nil {
		return nil, errors.Join(fmt.Errorf("write the model for the program: %w", err), remove())
	}
	return x, nil
}

func (x *exchange) fill(ctx context.Context, m *graph.Model, p *Pass) error {
	for _, folder := range []string{x.in, x.out} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return osfile.Cause(err)
		}
	}
	text, err := p.optionsText()
	if err != nil {
		return err
	}
	if err := os.WriteFile(x.options, text, 0o600); err != nil {
		return osfile.Cause(err)
	}
	saved, err := mapped.Save(ctx, filepath.Join(x.in, modelFile), m, mapped.Options{})
	x.sent = saved.Digests()
	return err
}

// run starts the program, and reports whether it changed the model.
func (x *exchange) run(ctx context.Context, p program, timeout time.Duration) (changed bool, err error) {
	end, err := p.start(ctx, timeout, "--in", x.in, "--out", x.out, "--options", x.options)
	if err != nil {
		return false, err
	}
	if err := end.fault(p, timeout); err != nil {
		return false, err
	}
	return end.code == 0, nil
}

// open reads the model that came back. Keep is what has to be closed when it is not used any more. The model is nil where it is, byte by
// byte, the one that went in.
func (x *exchange) open(ctx context.Context) (came *graph.Model, keep io.Closer, err error) {
	path := filepath.Join(x.out, modelFile)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("exit status 0 says that it changed the model, but it wrote no %s into the folder of --out; end with %d where nothing changed", modelFile, unchanged)
	}
	file, err := mapped.Open(path)
	if err != nil {
		why := strings.TrimPrefix(err.Error(), "read model "+path+": ") // of a folder that is gone when this is read
		return nil, nil, fmt.Errorf("what it wrote as %s is no sound model: %s", modelFile, why)
	}
	got, err := file.Digests(ctx)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	if slices.Equal(got, x.sent) {
		return nil, closers{file, closer(x.remove)}, nil
	}
	if err := x.remove(); err == nil { // what is mapped stays, where the system can do that
		return file.Model, file, nil
	}
	return file.Model, closers{file, closer(x.remove)}, nil
}

// keepRecipes gives initializers that came back with the bytes that they went out with the tensors that they were: these may be recipes,
// whose numbers were rounded for the file alone.
func keepRecipes(m, came *graph.Model) error {
	return mapped.Guard(func() error {
		known := initializers(m)
		for g := range came.Graph.All() {
			for v := range g.Initializers() {
				old := known[v.Name()]
				if old == nil {
					continue
				}
				same, err := sameBytes(old.Data(), v.Data())
				if err != nil {
					return fmt.Errorf("initializer %q: %w", v.Name(), err)
				}
				if same {
					declared := v.Type()
					v.SetData(old.Data())
					v.SetType(declared)
					v.SetExtra(old.Extra())
				}
			}
		}
		return nil
	})
}

// initializers are those of a model by their names; nil for a name that two of them have.
func initializers(m *graph.Model) map[string]*graph.Value {
	known := map[string]*graph.Value{}
	for g := range m.Graph.All() {
		for v := range g.Initializers() {
			if _, twice := known[v.Name()]; twice || v.Data() == nil {
				known[v.Name()] = nil
			} else {
				known[v.Name()] = v
			}
		}
	}
	return known
}

// sameBytes reports whether two tensors are written the same.
func sameBytes(a, b *tensor.Tensor) (bool, error) {
	if a == nil || b == nil || a.Type() != b.Type() || !slices.Equal(a.Shape(), b.Shape()) {
		return false, nil
	}
	if a.Type() == tensor.String {
		return slices.Equal(a.Strings(), b.Strings()), nil
	}
	one, err := a.Bytes()
	if err != nil {
		return false, err
	}
	other, err := b.Bytes()
	return bytes.Equal(one, other), err
}
