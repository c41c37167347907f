package mapped_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// add is y = x + w, with n floats in w; an empty location keeps them in the model.
func add(tb testing.TB, n int, location string) []byte {
	tb.Helper()
	w := &onnxpb.TensorProto{Name: proto.String("w"), DataType: proto.Int32(1), Dims: []int64{int64(n)}}
	if location == "" {
		w.RawData = weights(n)
	} else {
		w.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
		w.ExternalData = []*onnxpb.StringStringEntryProto{{Key: proto.String("location"), Value: &location}}
	}
	data, err := proto.Marshal(&onnxpb.ModelProto{
		IrVersion:   proto.Int64(8),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}},
		Graph: &onnxpb.GraphProto{
			Name:        proto.String("g"),
			Input:       []*onnxpb.ValueInfoProto{{Name: proto.String("x")}},
			Output:      []*onnxpb.ValueInfoProto{{Name: proto.String("y")}},
			Initializer: []*onnxpb.TensorProto{w},
			Node:        []*onnxpb.NodeProto{{OpType: proto.String("Add"), Input: []string{"x", "w"}, Output: []string{"y"}}},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// weights are the bytes of n floats.
func weights(n int) []byte {
	raw := make([]byte, 4*n)
	for i := range n {
		raw[4*i], raw[4*i+2] = byte(i), 0x80
	}
	return raw
}

func write(tb testing.TB, path string, data []byte) string {
	tb.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// TestOpenHashed has the digests of [mapped.Open], also when its context has ended since; then it opens nothing more.
func TestOpenHashed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "w.bin"), weights(1<<14))
	path := write(t, filepath.Join(dir, "m.onnx"), add(t, 1<<14, "w.bin"))
	want, err := open(t, path).Digests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	f, err := mapped.OpenHashed(ended, path)
	if err != nil {
		t.Fatal(err)
	}
	end()
	if got, err := f.Digests(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("digests %v, error %v; want %v", got, err, want)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err = mapped.OpenHashed(ended, path); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

func open(tb testing.TB, path string) *mapped.File {
	tb.Helper()
	f, err := mapped.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
	})
	return f
}

func TestExternalDataIsMapped(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "m.onnx"), add(t, 300, "sub/w.bin"))
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	data := write(t, filepath.Join(dir, "sub", "w.bin"), weights(300))
	link := filepath.Join(dir, "link")
	if err := os.Link(data, link); err != nil {
		t.Skip("no links here: ", err)
	}
	f := open(t, path)
	got, err := f.Model.Graph.Lookup("w").Data().Bytes()
	if err != nil || !slices.Equal(got, weights(300)) {
		t.Errorf("read %d bytes, error %v", len(got), err)
	}
	if ext := f.External(); len(ext) != 1 || ext[0] != data {
		t.Errorf("external files %q", ext)
	}
	other := write(t, filepath.Join(dir, "other"), nil)
	for name, want := range map[string]bool{path: true, data: true, link: true, other: false, dir + "/absent": false} {
		if f.SameFile(name) != want {
			t.Errorf("%s is one of the model's files: want %v", name, want)
		}
	}
}

// TestNamesOutliveClose reads every name after the pages in which it was are gone.
func TestNamesOutliveClose(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 300, ""))
	f, err := mapped.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Model
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got := ""
	if err := mapped.Guard(func() error {
		for n := range m.Graph.Nodes() {
			got += n.OpType
			for _, v := range n.Inputs() {
				got += " " + v.Name()
			}
			got += " " + n.Output(0).Name()
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got != "Add x w y" {
		t.Errorf("read %q", got)
	}
}

func TestUnreadableModelsAreRefusedInOneLine(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		path, want string
	}{
		"absent":    {filepath.Join(dir, "absent.onnx"), "no such file or directory"},
		"directory": {dir, "this is a directory"},
		"empty":     {write(t, filepath.Join(dir, "empty"), nil), "the file is empty"},
		"garbage":   {write(t, filepath.Join(dir, "garbage"), []byte("garbage")), "not an ONNX model"},
		"device":    {os.DevNull, "this is not a regular file"},
	} {
		t.Run(name, func(t *testing.T) { unreadable(t, c.path, c.want) })
	}
}

func unreadable(t *testing.T, path, want string) {
	t.Helper()
	_, err := mapped.Open(path)
	if err == nil {
		t.Fatal("it was opened")
	}
	if !strings.HasPrefix(err.Error(), "read model "+path+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, want one line that names the file, with %q", err, want)
	}
}

func TestExternalDataStaysInTheModelsFolder(t *testing.T) {
	outside := write(t, filepath.Join(t.TempDir(), "w.bin"), weights(300))
	dir := t.TempDir()
	for name, target := range map[string]string{"link": outside, "relative": filepath.Join("..", filepath.Base(filepath.Dir(outside)), "w.bin")} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "short"), weights(299))
	for location, want := range map[string]string{
		outside:           "the file is outside the folder of the model",
		"../w.bin":        "the file is outside the folder of the model",
		"sub/../../w.bin": "the file is outside the folder of the model",
		"link":            "the file cannot be opened in the folder of the model: path escapes from parent",
		"relative":        "the file cannot be opened in the folder of the model: path escapes from parent",
		"folder/w.bin":    "the file cannot be opened in the folder of the model: path escapes from parent",
		"absent":          "the file is absent; copy it next to the model",
		"directory":       "this is a directory",
		"short":           "the file has 1196 bytes, and the tensor is at byte 0 with 1200 bytes",
		"m.onnx":          "the file has",
	} {
		t.Run(location, func(t *testing.T) {
			path := write(t, filepath.Join(dir, "m.onnx"), add(t, 300, location))
			unreadable(t, path, want)
		})
	}
}
