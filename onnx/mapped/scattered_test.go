package mapped_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// piece is where a tensor of numbers lies in a data file.
type piece struct{ offset, rows, columns int64 }

// scattered opens a model whose tensors lie in w.bin of a folder as pieces say. They are called t0, t1 and so on.
func scattered(t *testing.T, dir string, pieces ...piece) (*mapped.File, error) {
	t.Helper()
	pb := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(add(t, 4, ""), pb); err != nil {
		t.Fatal(err)
	}
	for i, p := range pieces {
		w := &onnxpb.TensorProto{
			Name: proto.String(fmt.Sprint("t", i)), DataType: proto.Int32(1), Dims: []int64{p.rows, p.columns},
			DataLocation: onnxpb.TensorProto_EXTERNAL.Enum(),
		}
		for _, e := range [][2]string{{"location", "w.bin"}, {"offset", strconv.FormatInt(p.offset, 10)}, {"length", strconv.FormatInt(4*p.rows*p.columns, 10)}} {
			w.ExternalData = append(w.ExternalData, &onnxpb.StringStringEntryProto{Key: &e[0], Value: &e[1]})
		}
		pb.Graph.Initializer = append(pb.Graph.Initializer, w)
	}
	data, err := proto.Marshal(pb)
	if err != nil {
		t.Fatal(err)
	}
	f, err := mapped.Open(write(t, filepath.Join(dir, "m.onnx"), data))
	if err == nil {
		t.Cleanup(func() { _ = f.Close() })
	}
	return f, err
}

// resaved saves a model and opens what was written.
func resaved(t *testing.T, f *mapped.File) (*mapped.File, mapped.Saved) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.onnx")
	saved := save(t, path, f, mapped.Options{})
	return open(t, path), saved
}

// elementsOf are the bytes of a tensor.
func elementsOf(t *testing.T, f *mapped.File, number int) []byte {
	t.Helper()
	raw, err := f.Model.Graph.Lookup(fmt.Sprint("t", number)).Data().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestManyTensorsInOneFile reads and writes 100,000 tensors of one data file, with no more for each than a few kilobytes.
func TestManyTensorsInOneFile(t *testing.T) {
	const count, size = 100_000, 1024
	dir := t.TempDir()
	data, pieces := make([]byte, count*size), make([]piece, count)
	for i := range pieces {
		binary.LittleEndian.PutUint32(data[i*size+size-4:], uint32(i)) //nolint:gosec // There are 100,000.
		pieces[i] = piece{int64(i) * size, 1, size / 4}
	}
	write(t, filepath.Join(dir, "w.bin"), data)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := scattered(t, dir, pieces...)
	if err != nil {
		t.Fatal(err)
	}
	got, saved := resaved(t, f)
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / count; each > 16<<10 {
		t.Errorf("%d bytes for each tensor", each)
	}
	if len(saved.Data) != 1 || saved.Data[0].Bytes != int64(len(data)) {
		t.Fatalf("saved %+v", saved)
	}
	for i := range count {
		if raw := elementsOf(t, got, i); !bytes.Equal(raw, data[i*size:(i+1)*size]) {
			t.Fatalf("tensor %d is another one", i)
		}
	}
}

// TestTensorsThatOverlap gives each its own numbers, whatever others lie in the same bytes; what lies in no file is empty.
func TestTensorsThatOverlap(t *testing.T) {
	dir := t.TempDir()
	data := weights(2048)
	write(t, filepath.Join(dir, "w.bin"), data)
	pieces := []piece{{0, 2, 512}, {2048, 3, 512}, {4, 2, 512}, {2048, 3, 512}, {8192, 0, 512}, {0, 7, 0}}
	f, err := scattered(t, dir, pieces...)
	if err != nil {
		t.Fatal(err)
	}
	got, saved := resaved(t, f)
	for i, p := range pieces {
		if raw := elementsOf(t, got, i); !slices.Equal(raw, data[p.offset:p.offset+4*p.rows*p.columns]) {
			t.Errorf("tensor %d is another one: %d bytes", i, len(raw))
		}
	}
	if saved.Data[0].Bytes != 4096+6144+4096 { // the second and the fourth are the same piece
		t.Errorf("saved %+v", saved.Data)
	}
}

// TestDataFileShorterThanItsOffsets is one line that names tensor and file, whether a piece ends behind the end or begins there.
func TestDataFileShorterThanItsOffsets(t *testing.T) {
	for _, p := range []piece{{0, 1, 1025}, {4096, 1, 1}, {1 << 62, 1, 1}, {4097, 0, 1}, {4, 1 << 40, 1 << 19}} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "w.bin"), weights(1024))
		f, err := scattered(t, dir, piece{0, 1, 1024}, p)
		if f != nil || err == nil || !strings.Contains(err.Error(), "t1") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", p, err)
		} else {
			t.Log(err)
		}
	}
}

// TestThreeGigabytesOfFour writes a tensor of 3 GB that lies within a file of 4 GB, with little memory.
func TestThreeGigabytesOfFour(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 3 GB; -short")
	}
	const size, from = 4 << 30, 1<<29 + 64
	p := piece{from, 3 << 18, 1024}
	dir := t.TempDir()
	data, err := os.Create(filepath.Join(dir, "w.bin"))
	if err != nil {
		t.Fatal(err)
	}
	ends := []int64{from, from + 4*p.rows*p.columns - 4}
	for i, at := range ends {
		if _, err := data.WriteAt([]byte{byte(i + 1), 0, 0x80, 0x3f}, at); err != nil {
			t.Skip("no room for a file with a hole: ", err)
		}
	}
	if err := data.Truncate(size); err != nil {
		t.Skip("no room for a file with a hole: ", err)
	}
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := scattered(t, dir, p)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	path := filepath.Join(dir, "out.onnx")
	saved := save(t, path, f, mapped.Options{Shard: 1 << 30}) // one that is larger is not split
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("%d MB were taken", took>>20)
	}
	raw := elementsOf(t, open(t, path), 0)
	if len(saved.Data) != 1 || saved.Data[0].Bytes != 3<<30 || int64(len(raw)) != 3<<30 || raw[0] != 1 || raw[len(raw)-4] != 2 {
		t.Errorf("saved %+v, read %d bytes", saved, len(raw))
	}
}
