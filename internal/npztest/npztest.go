// Package npztest writes .npz files for tests.
package npztest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// File writes arrays, each the content of an .npy file, to an .npz file and returns its path.
func File(t testing.TB, arrays map[string][]byte) string {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, content := range arrays {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "data.npz")
	if err := os.WriteFile(path, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Array is an .npy file as numpy.save writes it: descr is NumPy's name of the element type, such as <f4, and shape a
// tuple of Python.
func Array(descr, shape string, raw []byte) []byte { return array(descr, shape, "False", raw) }

// Fortran is an [Array] in Fortran order.
func Fortran(descr, shape string, raw []byte) []byte { return array(descr, shape, "True", raw) }

func array(descr, shape, fortran string, raw []byte) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, fortran, shape)
	header += strings.Repeat(" ", 63-(len(header)+10)%64) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(out[8:], uint16(len(header)))
	return append(append(out, header...), raw...)
}

// Of is the [Array] of elements in a shape.
func Of[E tensor.Elem](shape []int64, elems ...E) []byte {
	raw, err := tensor.Of(shape, elems...).Bytes()
	if err != nil {
		panic(err) // elements that are there can be read
	}
	return Array(descr(tensor.TypeOf[E]()), tuple(shape), raw)
}

// tuple is a shape in Python.
func tuple(shape []int64) string {
	var text strings.Builder
	for _, d := range shape {
		fmt.Fprintf(&text, "%d, ", d)
	}
	return "(" + text.String() + ")"
}

// descr is NumPy's name of an element type.
func descr(t tensor.Type) string {
	kind := "i"
	switch {
	case t.IsFloat():
		kind = "f"
	case t == tensor.Bool:
		kind = "b"
	case strings.HasPrefix(t.String(), "u"):
		kind = "u"
	}
	return fmt.Sprintf("<%s%d", kind, t.Bits()/8)
}
