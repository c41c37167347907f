package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sbinet/npyio/npy"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/tensor"
)

const commandDoc = `runs a program for each inference

The program gets three more arguments: the path of the model, a folder with the inputs and one for the outputs. Input
and output number i of the model, from 0, are the file i.npy there. It ends with status 0, or says on standard error
what is wrong. Its latency contains the start of the program, so use it to verify, not to measure.`

// Command is the engine with its options.
type Command struct {
	Command []string `yaml:"command" executes:"true" doc:"the program and its first arguments"`
}

var _ backends.Backend = (*Command)(nil)

func command() catalog.Entry[backends.Backend] {
	return catalog.Entry[backends.Backend]{Name: "command", Doc: commandDoc, New: func() backends.Backend { return &Command{} }}
}

// Describe implements [backends.Backend].
func (*Command) Describe() backends.Description { return backends.Description{Name: "command"} }

// Check looks for the program.
func (c *Command) Check(context.Context) error {
	const remedy = "name a program that is installed, such as {command: {command: [python3, infer.py]}}"
	if len(c.Command) == 0 {
		return &backends.Unavailable{Reason: "no command is given", Remedy: remedy}
	}
	if _, err := exec.LookPath(c.Command[0]); err != nil {
		return &backends.Unavailable{Reason: fmt.Sprintf("the program %q was not found", c.Command[0]), Remedy: remedy, Err: err}
	}
	return nil
}

// Open implements [backends.Backend]. The program reads the model when it runs.
func (c *Command) Open(ctx context.Context, model backends.Model, tuning backends.Tuning) (backends.Session, error) {
	if err := tuning.Within("command"); err != nil {
		return nil, err
	}
	if err := c.Check(ctx); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(model.Path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", model.Name, err)
	}
	return &session{command: c.Command, model: model, path: path}, nil
}

// session is a model that was opened.
type session struct {
	command []string
	model   backends.Model
	path    string
	closed  bool
}

// Close implements [backends.Session]. Nothing is left of a run.
func (s *session) Close() error {
	s.closed = true
	return nil
}

// Run writes the inputs, starts the program and reads the outputs. The folder between them goes in any case.
func (s *session) Run(ctx context.Context, in tensor.Map) (out tensor.Map, err error) {
	if s.closed {
		return nil, fmt.Errorf("run %s: the session is closed", s.model.Name)
	}
	folder, err := os.MkdirTemp("", "acdeploy-command-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	inputs, outputs := filepath.Join(folder, "inputs"), filepath.Join(folder, "outputs")
	if err := errors.Join(os.Mkdir(inputs, 0o700), os.Mkdir(outputs, 0o700)); err != nil {
		return nil, err
	}
	if err := s.write(inputs, in); err != nil {
		return nil, err
	}
	if err := s.start(ctx, s.path, inputs, outputs); err != nil {
		return nil, err
	}
	out = tensor.Map{}
	for i, spec := range s.model.Outputs {
		t, err := readNpy(numbered(outputs, i))
		if err != nil {
			return nil, fmt.Errorf("read output %q: %w", spec.Name, err)
		}
		out[spec.Name] = t
	}
	return out, nil
}

func numbered(folder string, i int) string { return filepath.Join(folder, strconv.Itoa(i)+".npy") }

// write writes the inputs. The program cannot tell one that is not known, so it is refused here.
func (s *session) write(folder string, in tensor.Map) error {
	known := map[string]bool{}
	for i, spec := range s.model.Inputs {
		known[spec.Name] = true
		t := in[spec.Name]
		if t == nil {
			return fmt.Errorf("input %q is missing", spec.Name)
		}
		if t.Type() != spec.Type {
			return fmt.Errorf("input %q is of type %s, want %s", spec.Name, t.Type(), spec.Type)
		}
		if err := writeNpy(numbered(folder, i), t); err != nil {
			return fmt.Errorf("write input %q: %w", spec.Name, err)
		}
	}
	for name := range in {
		if !known[name] {
			return fmt.Errorf("the model has no input %q", name)
		}
	}
	return nil
}

// start runs the program to its end.
func (s *session) start(ctx context.Context, args ...string) error {
	var said bounded
	cmd := exec.CommandContext(ctx, s.command[0], append(s.command[1:len(s.command):len(s.command)], args...)...)
	cmd.Stderr, cmd.WaitDelay = &said, time.Second
	err := cmd.Run()
	switch words := strings.Join(strings.Fields(said.String()), " "); {
	case ctx.Err() != nil:
		return fmt.Errorf("run %s: %w", s.model.Name, ctx.Err())
	case err != nil && words != "":
		return fmt.Errorf("run %s: %s: %w: %q", s.model.Name, s.command[0], err, words)
	case err != nil:
		return fmt.Errorf("run %s: %s: %w", s.model.Name, s.command[0], err)
	}
	return nil
}

// maxWords is how much of what a program says an error repeats, in bytes.
const maxWords = 1 << 10

// bounded keeps the beginning of what is written to it.
type bounded struct{ text bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	b.text.Write(p[:min(len(p), maxWords-b.text.Len())])
	return len(p), nil
}

func (b *bounded) String() string { return b.text.String() }

// descrs are NumPy's names of the element types.
func descrs() map[tensor.Type]string {
	return map[tensor.Type]string{
		tensor.Float16: "<f2", tensor.Float32: "<f4", tensor.Float64: "<f8", tensor.Bool: "|b1",
		tensor.Int8: "|i1", tensor.Int16: "<i2", tensor.Int32: "<i4", tensor.Int64: "<i8",
		tensor.Uint8: "|u1", tensor.Uint16: "<u2", tensor.Uint32: "<u4", tensor.Uint64: "<u8",
	}
}

// writeNpy writes an array as numpy.save does.
func writeNpy(path string, t *tensor.Tensor) error {
	descr, ok := descrs()[t.Type()]
	if !ok {
		return fmt.Errorf("NumPy has no type %s", t.Type())
	}
	raw, err := t.Bytes()
	if err != nil {
		return err
	}
	var shape strings.Builder
	for _, d := range t.Shape() {
		shape.WriteString(strconv.FormatInt(d, 10) + ",")
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape.String())
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n" // elements begin at a multiple of 64
	start := "\x93NUMPY\x01\x00" + string([]byte{byte(len(header)), byte(len(header) >> 8)}) + header
	return os.WriteFile(path, append([]byte(start), raw...), 0o600)
}

// readNpy reads an array. The reader of the header slices without looking, so it may panic.
func readNpy(path string) (t *tensor.Tensor, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil {
			err = errors.New("the header of the array is malformed")
		}
	}()
	r := bytes.NewReader(data)
	array, err := npy.NewReader(r)
	if err != nil {
		return nil, err
	}
	var shape []int64
	for _, d := range array.Header.Descr.Shape {
		shape = append(shape, int64(d))
	}
	if array.Header.Descr.Fortran && len(shape) > 1 {
		return nil, errors.New("it is in Fortran order; save it with numpy.ascontiguousarray")
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	for typ, descr := range descrs() {
		if descr == array.Header.Descr.Type {
			return tensor.New(typ, shape, raw)
		}
	}
	return nil, fmt.Errorf("its type %s is not known", array.Header.Descr.Type)
}
