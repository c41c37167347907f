package mapped_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// hourOld makes a file look as if its writer were long gone.
func hourOld(t *testing.T, path string) string {
	t.Helper()
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	return path
}

// copied makes another model that refers to the data of the one at path.
func copied(t *testing.T, path, to string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, text)
}

// A writer that is killed between its two renames leaves data without a model. The next one of that name removes them, if
// they are old and nobody refers to them.
func TestReliability1UnreferencedData(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.onnx")
	lost := func(name string) string { return hourOld(t, write(t, filepath.Join(dir, name), []byte("weights"))) }
	stray := lost("out.onnx.0123456789abcdef.data")
	if got := mapped.Strays(dir); !slices.Equal(got, []string{stray}) {
		t.Errorf("strays where the model is absent: %v", got)
	}
	now := hourOld(t, save(t, path, filled(t, 1), mapped.Options{}).Data[0].Path)
	if left := ls(t, dir); !slices.Equal(left, []string{"out.onnx", filepath.Base(now)}) {
		t.Fatalf("files %v", left)
	}
	var stay []string
	for _, name := range []string{
		"out.onnx.data", "out.onnx.0123456789abcde.data", "out.onnx.0123456789ABCDEF.data", "out.onnx.1.0123456789abcdef.data",
		"xout.onnx.0123456789abcdef.data", "other.onnx.0123456789abcdef.data", "out.onnx.0123456789abcdef.data2",
	} {
		stay = append(stay, lost(name))
	}
	stay = append(stay, write(t, filepath.Join(dir, "out.onnx.1111111111111111.data"), nil)) // young
	folder := filepath.Join(dir, "out.onnx.2222222222222222.data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	stay = append(stay, hourOld(t, folder))
	stray = lost(filepath.Base(stray))
	save(t, path, filled(t, 2), mapped.Options{})
	left := ls(t, dir)
	for _, path := range stay {
		if !slices.Contains(left, filepath.Base(path)) {
			t.Errorf("%s was removed", path)
		}
	}
	if slices.Contains(left, filepath.Base(stray)) || len(left) != len(stay)+2 {
		t.Errorf("files %v", left)
	}
	if value, err := wholeValue(path); value != 2 || err != nil {
		t.Errorf("the weights of %d: %v", value, err)
	}
}

// Data stay while another model refers to them, and while somebody else may be about to name theirs.
func TestReliability1ReferencedDataStays(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.onnx")
	data := hourOld(t, save(t, path, filled(t, 1), mapped.Options{}).Data[0].Path)
	others := []string{filepath.Join(dir, "kept.onnx"), path + ".bak"}
	for _, other := range others {
		copied(t, path, other)
		for value := byte(2); value < 4; value++ { // the one replaces it, the other finds it unreferenced
			save(t, path, filled(t, value), mapped.Options{})
			if got, err := wholeValue(other); got != 1 || err != nil {
				t.Fatalf("%s has the weights of %d: %v", other, got, err)
			}
		}
		if got := mapped.Strays(dir); got != nil {
			t.Errorf("strays: %v", got)
		}
		save(t, path, filled(t, 1), mapped.Options{})
		hourOld(t, data)
		if err := os.Remove(other); err != nil {
			t.Fatal(err)
		}
	}
	stray := hourOld(t, write(t, path+".0123456789abcdef.data", []byte("weights")))
	writer := filepath.Join(dir, ".out.onnx.0123456789abcdef.tmp")
	if err := os.Mkdir(writer, 0o700); err != nil {
		t.Fatal(err)
	}
	save(t, path, filled(t, 2), mapped.Options{})
	if _, err := os.Stat(stray); err != nil {
		t.Error("removed while somebody else writes")
	}
	if runtime.GOOS != "windows" { // nothing is swept there
		hourOld(t, writer)
	} else if err := os.Remove(writer); err != nil {
		t.Fatal(err)
	}
	save(t, path, filled(t, 3), mapped.Options{})
	if left := ls(t, dir); len(left) != 2 {
		t.Errorf("files %v", left)
	}
}

func TestStraysOfNoFolder(t *testing.T) {
	if got := mapped.Strays(filepath.Join(t.TempDir(), "absent")); got != nil {
		t.Error(got)
	}
}
