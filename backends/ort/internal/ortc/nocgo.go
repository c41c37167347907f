//go:build !cgo

package ortc

import "github.com/acdeploy/acdeploy/tensor"

// Built reports whether the program can load the library at all.
const Built = false

// Load does nothing.
func Load(string) error { return ErrNoCgo }

// Loaded returns "".
func Loaded() (path, version string) { return "", "" }

// ForbidTF32 does nothing.
func ForbidTF32() error { return ErrNoCgo }

// ProbeProvider does nothing.
func ProbeProvider(string, map[string]string) error { return ErrNoCgo }

// Describe does nothing.
func Describe(string) (Interface, error) { return Interface{}, ErrNoCgo }

// Value does not exist without cgo.
type Value struct{}

// NewValue does nothing.
func NewValue(*tensor.Tensor) (*Value, error) { return nil, ErrNoCgo }

// NewBuffer does nothing.
func NewBuffer(tensor.Type, []int64) (*Value, error) { return nil, ErrNoCgo }

// Tensor does nothing.
func (*Value) Tensor() (*tensor.Tensor, error) { return nil, ErrNoCgo }

// Close does nothing.
func (*Value) Close() {}

// Session does not exist without cgo.
type Session struct{}

// Open does nothing.
func Open(string, Interface, Options) (*Session, error) { return nil, ErrNoCgo }

// Run does nothing.
func (*Session) Run([]*Value, []*Value, *Canceller) error { return ErrNoCgo }

// Close does nothing.
func (*Session) Close() {}

// Bound does not exist without cgo.
type Bound struct{}

// Bind does nothing.
func Bind(string, Interface, Options, []*Value, []*Value) (*Bound, error) { return nil, ErrNoCgo }

// Run does nothing.
func (*Bound) Run() error { return ErrNoCgo }

// Close does nothing.
func (*Bound) Close() {}

// Canceller does not exist without cgo.
type Canceller struct{}

// NewCanceller does nothing.
func NewCanceller() (*Canceller, error) { return nil, ErrNoCgo }

// Cancel does nothing.
func (*Canceller) Cancel() {}

// Close does nothing.
func (*Canceller) Close() {}
