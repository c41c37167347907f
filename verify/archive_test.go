package verify

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// npyFile writes an array as numpy.save does.
func npyFile(descr, shape string, fortran bool, raw []byte) []byte {
	order := "False"
	if fortran {
		order = "True"
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, order, shape)
	header += strings.Repeat(" ", 63-(len(header)+10)%64) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(out[8:], uint16(len(header)))
	return append(append(out, header...), raw...)
}

func npzFile(t *testing.T, arrays map[string][]byte) string {
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

// FuzzHeader looks for headers that end in a panic or describe more than there is.
func FuzzHeader(f *testing.F) {
	f.Add(npyFile("<f4", "(2, 2)", false, floats(1, 2, 3, 4)))
	f.Add([]byte("\x93NUMPY\x01\x00\x04\x00abc\n"))
	f.Add([]byte("\x93NUMPY\x02\x00\x02\x00\x00\x00}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		h, err := readHeader(bufio.NewReader(bytes.NewReader(content)))
		if err != nil {
			return
		}
		var m member
		if m.describe(h, uint64(len(content))) == nil && m.typ.ByteSize(m.count) > len(content) {
			t.Errorf("%d bytes hold %s of shape %v", len(content), m.typ, m.shape)
		}
	})
}
