package osfile

import (
	"context"
	"io"
	"os"
)

// Op is something that a writer or a reader asks the system for and that can fail.
type Op string

// The operations that pass through [Files].
const (
	OpCreate Op = "create"
	OpWrite  Op = "write"
	OpSync   Op = "sync"
	OpChmod  Op = "chmod"
	OpRename Op = "rename"
	OpMap    Op = "map"
)

// Files asks the system for what can fail. A test puts faults before it; see [WithFaults].
type Files struct {
	fault func(op Op, path string) error
}

type faultsKey struct{}

// WithFaults makes a context in which fault is asked before each operation of [Files]. The operation fails with the error
// that it returns; nil lets it go ahead.
func WithFaults(ctx context.Context, fault func(op Op, path string) error) context.Context {
	return context.WithValue(ctx, faultsKey{}, fault)
}

// FilesOf are the files of a context, with the faults that it has.
func FilesOf(ctx context.Context) Files {
	fault, _ := ctx.Value(faultsKey{}).(func(Op, string) error)
	return Files{fault}
}

// Before is the fault that stands before an operation; nil for none.
func (f Files) Before(op Op, path string) error {
	if f.fault == nil {
		return nil
	}
	return f.fault(op, path)
}

// Create makes a new file, which must not exist, with the permissions that any new file gets.
func (f Files) Create(path string) (*os.File, error) {
	return f.Open(path, os.O_WRONLY|os.O_EXCL)
}

// Open opens a file for writing, in the way that flag says, and makes it where there is none.
func (f Files) Open(path string, flag int) (*os.File, error) {
	if err := f.Before(OpCreate, path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|flag, 0o666)
}

// Sync flushes a file to the disk.
func (f Files) Sync(file *os.File) error {
	if err := f.Before(OpSync, file.Name()); err != nil {
		return err
	}
	return file.Sync()
}

// Chmod gives an open file its permissions.
func (f Files) Chmod(file *os.File, mode os.FileMode) error {
	if err := f.Before(OpChmod, file.Name()); err != nil {
		return err
	}
	return file.Chmod(mode)
}

// Rename gives a file another name, in the place of one that has it.
func (f Files) Rename(from, to string) error {
	if err := f.Before(OpRename, to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Writer writes to a file.
func (f Files) Writer(file *os.File) io.Writer {
	if f.fault == nil {
		return file
	}
	return faultyWriter{f, file}
}

type faultyWriter struct {
	files Files
	file  *os.File
}

func (w faultyWriter) Write(p []byte) (int, error) {
	if err := w.files.Before(OpWrite, w.file.Name()); err != nil {
		return 0, err
	}
	return w.file.Write(p)
}
