package library

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// What is installed has the pinned SHA-256, whatever it came in.
func TestInstallFromWhatHoldsTheLibrary(t *testing.T) {
	w := wheel(t)
	other := makeZip(t, entry{name: "onnxruntime/__init__.py", data: []byte("x")}, entry{name: "runtimes/linux-x64/native/libonnxruntime.so", data: libraryBytes})
	for name, files := range map[string]map[string][]byte{
		"the_wheel_of_another_python": {"onnxruntime-9.9.9-cp313.whl": other},
		"a_tar_archive":               {"onnxruntime-linux.tgz": makeTgz(t, entry{name: "lib/libonnxruntime.so.9.9.9", data: libraryBytes})},
		"a_folder_of_wheels":          {"numpy-1.whl": []byte("PK no"), "onnxruntime-1.0.whl": makeZip(t, entry{name: "x", data: []byte("y")}), wheelFile: w},
		"a_folder_with_a_broken_one":  {"onnxruntime-0.whl": []byte("PK no"), wheelFile: w},
		"an_unpacked_wheel":           {"site-packages/onnxruntime/capi/libonnxruntime.so.9.9.9": libraryBytes, "site-packages/onnxruntime/__init__.py": []byte("x")},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for file, data := range files {
				path := filepath.Join(folder, filepath.FromSlash(file))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			mustInstall(t, storeOf(t, pinned(KindWheel, wheelFile, w)), Options{From: folder, Offline: true})
		})
	}
}

func TestInstallFromAFolderTakesTheBest(t *testing.T) {
	better, worse := []byte("better"), []byte("worse")
	a, b := pinned(KindWheel, wheelFile, better), pinned(KindWheel, "b.whl", worse)
	a.Members = []Member{{Path: "libonnxruntime.so.9", Size: 6, SHA256: digestOf(better)}}
	b.Members = []Member{{Path: "libonnxruntime.so.8", Size: 5, SHA256: digestOf(worse)}}
	folder := t.TempDir()
	for name, data := range map[string][]byte{"onnxruntime-old.whl": makeZip(t, entry{name: "x.so", data: worse}), "onnxruntime-9.whl": makeZip(t, entry{name: "x.so", data: better}), "lib.so": worse} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := storeOf(t, a, b).Install(t.Context(), Options{From: folder})
	if err != nil || got.Version != "9.9.9" {
		t.Errorf("installed %+v, %v", got, err)
	}
}

func TestInstallFromWhatDoesNot(t *testing.T) {
	s := storeOf(t, pinned(KindWheel, wheelFile, wheel(t)))
	forged := append([]byte("THE"), libraryBytes[3:]...)
	many := t.TempDir()
	for i := range 50 {
		if err := os.WriteFile(filepath.Join(many, fmt.Sprint(i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct{ from, want string }{
		"forged":     {write(t, "x.whl", makeZip(t, entry{name: memberPath, data: forged})), "x.whl holds none of the pinned libraries"},
		"symlink":    {write(t, "x.whl", makeZip(t, entry{name: memberPath, link: string(libraryBytes)})), "holds none of the pinned libraries"},
		"broken_zip": {write(t, "x.whl", []byte("PK no")), "x.whl: zip: not a valid zip file"},
		"broken_tgz": {write(t, "x.tgz", npm(t)[:40]), "x.tgz: unexpected EOF"},
		"folder":     {many, "holds none of the pinned libraries"},
		"device":     {os.DevNull, "is neither a file nor a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Install(t.Context(), Options{From: test.from})
			wantError(t, err, test.want)
		})
	}
}
