// Package model is a model file, opened once for a whole run.
//
//	model.onnx ──Open──▶ File ─┬─ Model      the graph, as the file has it
//	                           ├─ Signature  inputs and outputs
//	                           ├─ Counts     nodes, operators, parameters
//	                           ├─ Digest     SHA-256 of it and of its data, computed while others work
//	                           ├─ Weights    how many numbers, and which are not normal
//	                           └─ Save       writes a model that was made of this one
//
// The weights stay in the file, which is mapped into memory. If somebody shortens the file meanwhile, reading
// them faults. Run whatever reads weights in [Do], which makes an error of the fault. Names and counts have
// memory of their own: they stay when the file is closed.
package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// File is an open model file.
type File struct {
	file      *mapped.File
	signature Signature
	counts    Counts
	digests   func() ([]osfile.Part, error)
	stop      func() // ends the computing of the digests
	with      []io.Closer
}

// CloseWith has something closed together with the file, such as what a model that was made of it needs.
func (f *File) CloseWith(c io.Closer) { f.with = append(f.with, c) }

// Open opens the model at path. Its digest is computed in the background.
func Open(path string) (*File, error) { return OpenOn(context.Background(), path) }

// OpenOn is [Open] with the faults of a context; see [osfile.WithFaults]. The end of the context ends the opening, and does not close the file.
func OpenOn(ctx context.Context, path string) (*File, error) {
	file, err := mapped.OpenHashed(ctx, path)
	if err != nil {
		return nil, err
	}
	hashing, stop := context.WithCancel(context.WithoutCancel(ctx))
	f, err := opened(file, stop, sync.OnceValues(func() ([]osfile.Part, error) { return file.Digests(hashing) }))
	if err == nil {
		go func() { _, _ = f.digests() }() // [File.Digest] reports its error
	}
	return f, err
}

// opened reads what can be asked for at any time. It closes a file that it cannot read.
func opened(file *mapped.File, stop func(), digests func() ([]osfile.Part, error)) (*File, error) {
	f := &File{file: file, digests: digests, stop: stop}
	err := Do(func() error {
		f.signature, f.counts = SignatureOf(file.Model), Count(file.Model)
		return nil
	})
	if err != nil {
		stop()
		return nil, errors.Join(fmt.Errorf("read model %s: %w", file.Path, err), file.Close())
	}
	return f, nil
}

// Close ends the use of the weights. A digest that nobody waited for is not computed to its end.
func (f *File) Close() error {
	f.stop()
	_, _ = f.digests() // it must not read a closed file
	errs := []error{f.file.Close()}
	for _, c := range f.with {
		errs = append(errs, c.Close())
	}
	f.with = nil
	return errors.Join(errs...)
}

// Do runs something that reads the weights of open files. If a file has become shorter meanwhile, it returns an
// error. It covers the goroutine that it runs in: every other one needs a Do of its own.
func Do(read func() error) error { return mapped.Guard(read) }

// Path is the path by which the file was opened.
func (f *File) Path() string { return f.file.Path }

// Model is the model as the file has it. Rewrite a copy of it, [graph.Model.Clone], which shares the weights.
func (f *File) Model() *graph.Model { return f.file.Model }

// Signature is the model's inputs and outputs.
func (f *File) Signature() Signature { return f.signature }

// Counts says what the model consists of.
func (f *File) Counts() Counts { return f.counts }

// External are the paths of the files with external data.
func (f *File) External() []string { return f.file.External() }

// Is reports whether path names the model's file or one of its data files, by whatever name or link.
func (f *File) Is(path string) bool { return f.file.SameFile(path) }

// Digest identifies the content of a model.
type Digest struct {
	SHA256 string // of the model's file, in hexadecimal
	// ModelSHA256 is of the model's file and its data files. It is the SHA-256 of what sha256sum would print of
	// them: for each a line of its SHA-256, two spaces and its name. The model's file comes first, as "model". Then
	// come its data files under the locations that the model gives, sorted byte by byte. For m.onnx with w.bin:
	//
	//	(sha256sum <m.onnx | sed s/-/model/; sha256sum w.bin) | sha256sum
	ModelSHA256 string
	Bytes       int64 // of the model's file and its external data
}

// Digest waits for the digest of the model. Each file is read once. If a file changed since it was opened, that is an
// error: the digest would be of other bytes than those that were used.
func (f *File) Digest() (Digest, error) {
	parts, err := f.digests()
	if err != nil {
		return Digest{}, err
	}
	return digestOf(parts, f.file.Bytes()), nil
}

// Hashed waits until [File.Digest] has an answer, or until the context ends: who interrupts a command does not wait for a large file.
func (f *File) Hashed(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		_, err := f.digests()
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Unchanged is an error if somebody wrote to the file or its data since it was opened.
func (f *File) Unchanged() error {
	if err := f.file.Unchanged(); err != nil {
		return fmt.Errorf("read model %s: %w", f.Path(), err)
	}
	return nil
}

// digestOf is the digest of a model of these files, the model's own first.
func digestOf(parts []osfile.Part, bytes int64) Digest {
	return Digest{SHA256: parts[0].SHA256, ModelSHA256: osfile.SHA256OfParts(parts...), Bytes: bytes}
}
