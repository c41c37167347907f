package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sbinet/npyio/npy"

	"github.com/acdeploy/acdeploy/tensor"
)

// maxHeader bounds the header of an array, which the file says the length of. NumPy itself refuses
// more than 10000 characters.
const maxHeader = 1 << 16

// mostNames bounds the arrays that a message lists.
const mostNames = 20

// archive is an .npz file: a zip of .npy members.
type archive struct {
	path  string
	names []string
}

// checkRegular refuses what is no plain file: opening a pipe would wait.
func checkRegular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	return err
}

func openArchive(path string) (*archive, error) {
	if err := checkRegular(path); err != nil {
		return nil, err
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("it is not an .npz file: %w", err)
	}
	defer func() { _ = z.Close() }() // only read from
	a := &archive{path: path}
	for _, f := range z.File {
		if name, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			a.names = append(a.names, name)
		}
	}
	return a, nil
}

func (a *archive) has(name string) bool { return slices.Contains(a.names, name) }

// find reads the header of an array.
func (a *archive) find(name string) (*member, error) {
	if !a.has(name) {
		names, more := a.names, ""
		if len(names) > mostNames {
			names, more = names[:mostNames], fmt.Sprintf(" and %d more", len(names)-mostNames)
		}
		return nil, fmt.Errorf("there is no array %q; there are %s%s", name, strings.Join(names, ", "), more)
	}
	m := &member{path: a.path, name: name}
	r, header, err := m.header()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	if err := m.describe(header, r.size); err != nil {
		return nil, fmt.Errorf("array %q: %w", name, err)
	}
	return m, nil
}

// member is one array of an archive.
type member struct {
	path, name string
	plain      bool // the file is the array itself, not an archive
	typ        tensor.Type
	text       text // of strings
	shape      []int64
	count      int // elements
}

// size is how many bytes so many elements take in the file.
func (m *member) size(elements int) int {
	if m.typ == tensor.String {
		return elements * m.text.width
	}
	return m.typ.ByteSize(elements)
}

// tensor makes one of the bytes of all its elements.
func (m *member) tensor(shape []int64, raw []byte) (*tensor.Tensor, error) {
	if m.typ != tensor.String {
		return tensor.New(m.typ, shape, raw)
	}
	elems, err := m.text.decode(raw)
	if err != nil {
		return nil, fmt.Errorf("array %q: %w", m.name, err)
	}
	return tensor.NewStrings(shape, elems)
}

// describe checks what a header says against the number of bytes that the archive gives the array.
func (m *member) describe(h npy.Header, size uint64) error {
	if h.Descr.Fortran && len(h.Descr.Shape) > 1 {
		return fmt.Errorf("it is in Fortran order; save it with numpy.ascontiguousarray")
	}
	typ := tensor.String
	if t, ok := textType(h.Descr.Type); ok {
		m.text = t
	} else {
		var err error
		if typ, err = elemType(h.Descr.Type); err != nil {
			return err
		}
	}
	for _, d := range h.Descr.Shape {
		m.shape = append(m.shape, int64(d))
	}
	var err error
	if m.count, err = tensor.Count(m.shape); err != nil {
		return err
	}
	if m.typ = typ; m.text.width > 0 && m.count > maxInputBytes/m.text.width {
		return fmt.Errorf("shape %s of strings of %d bytes is too much", tensor.FormatShape(m.shape), m.text.width)
	}
	if need := uint64(m.size(m.count)); need > size {
		return fmt.Errorf("shape %s needs %d bytes, there are %d", tensor.FormatShape(m.shape), need, size)
	} else if size-need > maxHeader {
		return fmt.Errorf("shape %s needs %d bytes, the archive says it unpacks to %d; save it again", tensor.FormatShape(m.shape), need, size)
	}
	return nil
}

// elemType reads NumPy's name of an element type, such as <f4.
func elemType(descr string) (tensor.Type, error) {
	if strings.HasPrefix(descr, ">") {
		return 0, fmt.Errorf("type %s is big-endian; save it as little-endian", descr)
	}
	switch strings.TrimLeft(descr, "<|=") {
	case "f2":
		return tensor.Float16, nil
	case "f4":
		return tensor.Float32, nil
	case "f8":
		return tensor.Float64, nil
	case "i1":
		return tensor.Int8, nil
	case "i2":
		return tensor.Int16, nil
	case "i4":
		return tensor.Int32, nil
	case "i8":
		return tensor.Int64, nil
	case "u1":
		return tensor.Uint8, nil
	case "u2":
		return tensor.Uint16, nil
	case "u4":
		return tensor.Uint32, nil
	case "u8":
		return tensor.Uint64, nil
	case "b1":
		return tensor.Bool, nil
	case "V2": // as the package ml_dtypes saves it
		return tensor.BFloat16, nil
	case "c8":
		return tensor.Complex64, nil
	case "c16":
		return tensor.Complex128, nil
	case "O":
		return 0, fmt.Errorf("it holds Python objects, which are not read; save strings as numpy.array(…, dtype=str)")
	}
	return 0, fmt.Errorf("type %q is not supported; save it as float32, an integer, bool or str", descr)
}

// stream reads the elements of a member.
type stream struct {
	*bufio.Reader
	file io.Closer
	zip  io.Closer
	size uint64 // of the elements, as the archive or the file system says
}

// finish checks what can be checked when everything is read: that nothing is left, and the checksum.
func (s *stream) finish(name string) error {
	switch _, err := s.ReadByte(); {
	case err == nil:
		return fmt.Errorf("array %q: it unpacks to more than its shape needs; save it again", name)
	case errors.Is(err, zip.ErrChecksum):
		return fmt.Errorf("array %q: it is damaged: its checksum does not match; copy the file again", name)
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("array %q: %w", name, err)
	}
	return nil
}

// Close ends reading.
func (s *stream) Close() error {
	_ = s.file.Close()
	return s.zip.Close()
}

// open returns a reader at the first element.
func (m *member) open() (*stream, error) {
	r, header, err := m.header()
	if err != nil {
		return nil, err
	}
	again := member{}
	if err := again.describe(header, r.size); err != nil || again.typ != m.typ || again.count != m.count {
		_ = r.Close()
		return nil, fmt.Errorf("array %q: the file has changed meanwhile", m.name)
	}
	return r, nil
}

func (m *member) header() (*stream, npy.Header, error) {
	if m.plain {
		return m.plainHeader()
	}
	z, err := zip.OpenReader(m.path)
	if err != nil {
		return nil, npy.Header{}, err
	}
	for _, f := range z.File {
		if f.Name != m.name+".npy" {
			continue
		}
		file, err := f.Open()
		if err != nil {
			_ = z.Close()
			return nil, npy.Header{}, fmt.Errorf("array %q: %w", m.name, err)
		}
		s := &stream{Reader: bufio.NewReaderSize(file, 1<<16), file: file, zip: z}
		h, length, err := readHeader(s.Reader)
		s.size = f.UncompressedSize64 - min(length, f.UncompressedSize64)
		if err != nil {
			_ = s.Close()
			return nil, npy.Header{}, fmt.Errorf("array %q: %w", m.name, err)
		}
		return s, h, nil
	}
	_ = z.Close()
	return nil, npy.Header{}, fmt.Errorf("there is no array %q", m.name)
}

// plainHeader reads that of an .npy file.
func (m *member) plainHeader() (*stream, npy.Header, error) {
	file, err := os.Open(m.path)
	if err != nil {
		return nil, npy.Header{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", m.path)
	}
	s := &stream{Reader: bufio.NewReaderSize(file, 1<<16), file: file, zip: io.NopCloser(nil)}
	var h npy.Header
	if err == nil {
		var length uint64
		h, length, err = readHeader(s.Reader)
		s.size = uint64(info.Size()) - min(length, uint64(info.Size()))
	}
	if err != nil {
		_ = s.Close()
		return nil, h, fmt.Errorf("array %q: %w", m.name, err)
	}
	return s, h, nil
}

// readHeader reads the header of an .npy file, and says how long it is. The length that it claims is checked first, and the
// reader of the format, which slices without looking, is not trusted with the rest.
func readHeader(r *bufio.Reader) (h npy.Header, length uint64, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("its header is malformed")
		}
	}()
	start, err := r.Peek(12)
	if err != nil {
		return h, 0, fmt.Errorf("it is cut off in its header")
	}
	if [6]byte(start) != npy.Magic {
		return h, 0, fmt.Errorf("it is not an .npy array")
	}
	if length = 10 + uint64(binary.LittleEndian.Uint16(start[8:])); start[6] >= 2 {
		length = 12 + uint64(binary.LittleEndian.Uint32(start[8:]))
	}
	if length > maxHeader {
		return h, 0, fmt.Errorf("its header claims to be longer than %d bytes", maxHeader)
	}
	reader, err := npy.NewReader(r)
	if err != nil {
		return h, 0, fmt.Errorf("its header is malformed: %w", err)
	}
	return reader.Header, length, nil
}

// read reads the next rows of an array, and adds copies of the last one up to padded.
func (m *member) read(r io.Reader, rows, padded int) (*tensor.Tensor, error) {
	shape := append([]int64{int64(padded)}, m.shape[1:]...)
	row := m.size(m.count / int(m.shape[0]))
	var buf bytes.Buffer // grows with what is really there
	if n, err := io.CopyN(&buf, r, int64(rows*row)); err != nil {
		return nil, fmt.Errorf("array %q: it is cut off %d bytes before its end: %w", m.name, int64(rows*row)-n, err)
	}
	for range padded - rows {
		buf.Write(buf.Bytes()[buf.Len()-row:])
	}
	return m.tensor(shape, buf.Bytes())
}

// whole reads all of an array.
func (m *member) whole() (*tensor.Tensor, error) {
	r, err := m.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	var buf bytes.Buffer             // grows with what is really there
	if _, err := io.CopyN(&buf, r, int64(m.size(m.count))); err != nil {
		return nil, fmt.Errorf("array %q: it is cut off: %w", m.name, err)
	}
	if err := r.finish(m.name); err != nil {
		return nil, err
	}
	return m.tensor(m.shape, buf.Bytes())
}
