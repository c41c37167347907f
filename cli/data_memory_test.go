package cli_test

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/tensor"
)

// manyImages writes 2,500 images of 3 × 100 × 100 as an .npy file: 300 MB.
func manyImages(w io.Writer) error {
	block := npztest.Of([]int64{25, 3, 100, 100}, make([]float32, 25*3*100*100)...)
	header := npztest.Array("<f4", "(2500, 3, 100, 100)", nil)
	block = block[len(block)-4*25*3*100*100:]
	for i := range block {
		if i%4 == 2 { // numbers between 2⁻¹²⁶ and 1.99
			block[i], block[i+1] = byte(i*7), 63
		}
	}
	_, err := w.Write(header)
	for range 100 {
		if err == nil {
			_, err = w.Write(block)
		}
	}
	return err
}

// archived writes the images to an .npz file.
func archived(method uint16) func(io.Writer) error {
	return func(to io.Writer) error {
		z := zip.NewWriter(to)
		w, err := z.CreateHeader(&zip.FileHeader{Name: "images.npy", Method: method})
		if err == nil {
			err = manyImages(w)
		}
		return errors.Join(err, z.Close())
	}
}

// TestDataLargerThanMemory compares answers over 300 MB of samples, in every form of a file, in memory that a batch takes.
func TestDataLargerThanMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads gigabytes; -short")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how much memory a program takes")
	}
	m := graph.NewModel(8, graph.Opset{Version: 13})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "n"}, tensor.Fixed(3), tensor.Fixed(100), tensor.Fixed(100)}})
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("GlobalAveragePool", x)
	n.TakeOutput(m.Graph.NewValue("y"))
	n.Output(0).SetType(graph.Type{Elem: tensor.Float32})
	m.Graph.Append(n)
	m.Graph.AddOutput(n.Output(0))
	dir := t.TempDir()
	model := filepath.Join(dir, "m.onnx")
	if _, err := mapped.Save(t.Context(), model, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	const most = 128 << 20 // 64 MB of it is what any comparison takes
	for form, c := range map[string]struct {
		file, data string
		write      func(io.Writer) error
	}{
		"stored":   {"s.npz", "s.npz", archived(zip.Store)},
		"deflated": {"d.npz", "d.npz", archived(zip.Deflate)},
		"folder":   {"folder/images.npy", "folder", manyImages},
		"array":    {"a.npy", "a.npy", manyImages},
	} {
		path := filepath.Join(dir, filepath.FromSlash(c.file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.write(f), f.Close()); err != nil {
			t.Skip("there is no room for the data:", err)
		}
		took, said, ok := peak(t, "verify", model, model, "--data", filepath.Join(dir, c.data), "--backend", "reference")
		t.Logf("%s: %d MB", form, took>>20)
		if !ok || took > most || !strings.Contains(said, "|      79 |") {
			t.Errorf("%s: %d MB\n%s", form, took>>20, said)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
