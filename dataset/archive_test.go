package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

// FuzzHeader looks for headers that end in a panic or describe more than there is.
func FuzzHeader(f *testing.F) {
	f.Add(npztest.Array("<f4", "(2, 2)", floats(1, 2, 3, 4)))
	f.Add([]byte("\x93NUMPY\x01\x00\x04\x00abc\n"))
	f.Add([]byte("\x93NUMPY\x02\x00\x02\x00\x00\x00}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		h, _, err := readHeader(bufio.NewReader(bytes.NewReader(content)))
		if err != nil {
			return
		}
		var m member
		if m.describe(h, uint64(len(content))) == nil && m.typ.ByteSize(m.count) > len(content) {
			t.Errorf("%d bytes hold %s of shape %v", len(content), m.typ, m.shape)
		}
	})
}

// TestReadRows reads an array in pieces, and fills the last one up with copies of its last row.
func TestReadRows(t *testing.T) {
	a, err := openArchive(npztest.File(t, map[string][]byte{"x": npztest.Array("<f4", "(3, 2)", floats(1, 2, 3, 4, 5, 6))}))
	if err != nil {
		t.Fatal(err)
	}
	if !a.has("x") || a.has("y") {
		t.Errorf("the arrays are %v", a.names)
	}
	m, err := a.find("x")
	if err != nil {
		t.Fatal(err)
	}
	if m.typ != tensor.Float32 || m.count != 6 || !slices.Equal(m.shape, []int64{3, 2}) {
		t.Errorf("it is %d elements of %s, shape %v", m.count, m.typ, m.shape)
	}
	r, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for _, c := range []struct {
		rows int
		want []float64
	}{{2, []float64{1, 2, 3, 4}}, {1, []float64{5, 6, 5, 6}}} {
		got, err := m.read(r, c.rows, 2)
		if err != nil || !slices.Equal(got.Float64s(), c.want) || !slices.Equal(got.Shape(), []int64{2, 2}) {
			t.Errorf("%d rows: %v, %v", c.rows, got, err)
		}
	}
	if _, err := m.read(r, 1, 1); err == nil || !strings.Contains(err.Error(), "cut off 8 bytes before its end") {
		t.Errorf("after the end: %v", err)
	}
	if _, err := a.find("y"); err == nil || !strings.Contains(err.Error(), `no array "y"; there are x`) {
		t.Errorf("an array that is not there: %v", err)
	}
}

func TestElementTypes(t *testing.T) {
	for descr, want := range map[string]tensor.Type{
		"<f2": tensor.Float16, "<f4": tensor.Float32, "=f8": tensor.Float64, "|i1": tensor.Int8, "<i2": tensor.Int16,
		"<i4": tensor.Int32, "<i8": tensor.Int64, "|u1": tensor.Uint8, "<u2": tensor.Uint16, "<u4": tensor.Uint32,
		"<u8": tensor.Uint64, "|b1": tensor.Bool, "<V2": tensor.BFloat16, "<c8": tensor.Complex64, "<c16": tensor.Complex128,
	} {
		if got, err := elemType(descr); err != nil || got != want {
			t.Errorf("%s: %s, %v", descr, got, err)
		}
	}
	for _, descr := range []string{">f4", "|V4", "<U4", "|O", ""} {
		if got, err := elemType(descr); err == nil {
			t.Errorf("%q is taken for %s", descr, got)
		}
	}
}

// TestReliability7DamagedArrays changes a byte of an array that is stored as it is: no answer is made of it.
func TestReliability7DamagedArrays(t *testing.T) {
	images, labels := floats(1, 2, 3), []byte{101, 102, 103}
	for _, damaged := range [][]byte{images[4:8], labels} {
		path := stored(t, map[string][]byte{"images": npztest.Array("<f4", "(3, 1)", images), "labels": npztest.Array("|u1", "(3,)", labels)})
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text[bytes.Index(text, damaged)] ^= 1
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		o := Defaults()
		o.Path = path
		set, err := Open(o, []tensor.Spec{image(1)}, nil)
		for last := 0; err == nil && last < 3; {
			for b, failed := range set.Batches() {
				last, err = b.First+b.Rows, failed
			}
		}
		if err == nil || !strings.Contains(err.Error(), "it is damaged: its checksum does not match") {
			t.Errorf("%v is damaged: %v", damaged, err)
		}
	}
}

// TestReliability7MoreThanItMay refuses arrays that unpack to more than their shape needs, by what the archive says and by
// what is there.
func TestReliability7MoreThanItMay(t *testing.T) {
	for more, want := range map[int]string{
		1:             "it unpacks to more than its shape needs",
		4 * maxHeader: "the archive says it unpacks to",
	} {
		content := append(npztest.Array("<f4", "(2, 2)", floats(1, 2, 3, 4)), make([]byte, more)...)
		o := Defaults()
		o.Path = stored(t, map[string][]byte{"images": content})
		if err := readAll(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes more: %v, want %q", more, err, want)
		}
	}
}

// TestReliability7EmptySamples refuses a number of samples for which there is not one byte: each would take time.
func TestReliability7EmptySamples(t *testing.T) {
	o := Defaults()
	o.Path = stored(t, map[string][]byte{"images": npztest.Array("<f4", "(1000000000000, 0)", nil)})
	if _, err := Open(o, []tensor.Spec{image(-1)}, nil); err == nil || !strings.Contains(err.Error(), "its samples are empty") {
		t.Errorf("got %v", err)
	}
}

// stored writes an archive whose members are not compressed.
func stored(t *testing.T, arrays map[string][]byte) string {
	t.Helper()
	var text bytes.Buffer
	z := zip.NewWriter(&text)
	for name, content := range arrays {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "stored.npz")
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
