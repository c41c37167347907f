package library

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeELF writes a shared library that needs others and names folders, and holds nothing else.
func writeELF(t *testing.T, path, runpath string, needed ...string) {
	t.Helper()
	const header, section = 64, 64
	strtab := []byte{0}
	str := func(s string) uint64 {
		at := len(strtab)
		strtab = append(append(strtab, s...), 0)
		return uint64(at)
	}
	var dynamic []elf.Dyn64
	for _, n := range needed {
		dynamic = append(dynamic, elf.Dyn64{Tag: int64(elf.DT_NEEDED), Val: str(n)})
	}
	if runpath != "" {
		dynamic = append(dynamic, elf.Dyn64{Tag: int64(elf.DT_RUNPATH), Val: str(runpath)})
	}
	dynamic = append(dynamic, elf.Dyn64{Tag: int64(elf.DT_NULL)})
	names := []byte("\x00.dynstr\x00.dynamic\x00.shstrtab\x00")
	at := uint64(header)
	dynAt := at + uint64(len(strtab))
	namesAt := dynAt + uint64(len(dynamic)*16)
	tableAt := namesAt + uint64(len(names))
	var b bytes.Buffer
	write := func(v any) {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	head := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: 1, Shoff: tableAt,
		Ehsize: header, Shentsize: section, Shnum: 4, Shstrndx: 3,
	}
	copy(head.Ident[:], "\x7fELF\x02\x01\x01")
	write(head)
	b.Write(strtab)
	write(dynamic)
	b.Write(names)
	write(elf.Section64{})
	write(elf.Section64{Name: 1, Type: uint32(elf.SHT_STRTAB), Off: at, Size: uint64(len(strtab)), Addralign: 1})
	write(elf.Section64{Name: 9, Type: uint32(elf.SHT_DYNAMIC), Off: dynAt, Size: uint64(len(dynamic) * 16), Link: 1, Entsize: 16, Addralign: 1})
	write(elf.Section64{Name: 18, Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names)), Addralign: 1})
	if err := os.WriteFile(path, b.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestMissing(t *testing.T) {
	dir, other, cached := t.TempDir(), t.TempDir(), t.TempDir()
	provider := filepath.Join(dir, "provider.so")
	writeELF(t, provider, "$ORIGIN", "libcublasLt.so.13", "libcudart.so.12", "libbeside.so", "libpath.so", "libcached.so", "libstale.so")
	writeELF(t, filepath.Join(dir, "libbeside.so"), "", "libdeep.so", "libcuda.so.1")
	writeELF(t, filepath.Join(other, "libpath.so"), "", "libbeside.so")
	writeELF(t, filepath.Join(cached, "libcached.so"), "")
	writeELF(t, filepath.Join(other, "libdeep.so"), "", "libcublasLt.so.13")
	l := Linker{
		Path: []string{other}, System: []string{},
		Ldconfig: func() (string, error) {
			return "2 libs found in cache\n\tlibcached.so (libc6,x86-64) => " + filepath.Join(cached, "libcached.so") +
				"\n\tlibstale.so (libc6,x86-64) => " + filepath.Join(cached, "gone.so") + "\n", nil
		},
	}
	want := []Missing{
		{"libcublasLt.so.13", "the Python package nvidia-cublas or CUDA 13"},
		{"libcudart.so.12", "the Python package nvidia-cuda-runtime-cu12 or CUDA 12"},
		{"libcuda.so.1", "the NVIDIA driver"},
		{"libstale.so", ""},
		{"libcudnn.so.9", "the Python package nvidia-cudnn-cu13, nvidia-cudnn-cu12 for CUDA 12, or cuDNN 9"},
	}
	got := l.Missing(provider, "libcudnn.so.9")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := Lacks(got[2:4]); text != "libcuda.so.1 (the NVIDIA driver), libstale.so" {
		t.Errorf("it says %q", text)
	}
	for want, missing := range map[string][]Missing{
		"run on a machine with":     got[2:3],
		"on a machine with an NVID": got,
		"install them and add":      got[:2],
	} {
		if text := Remedy(missing); !strings.HasPrefix(text, want) {
			t.Errorf("the remedy for %v is %q", missing, text)
		}
	}
	silent := Linker{Path: []string{}, System: []string{}, Ldconfig: func() (string, error) { return "", errors.New("no ldconfig") }}
	if got := silent.Missing(provider); len(got) != 7 {
		t.Errorf("without a cache: %v", got)
	}
}

func TestMissingOfNoLibrary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "provider.so")
	if err := os.WriteFile(path, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := (Linker{}).Missing(path); got != nil {
		t.Errorf("a file that is no library needs %v", got)
	}
}

func TestProviders(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LD_LIBRARY_PATH", dir)
	lib := filepath.Join(dir, "libonnxruntime.so.1")
	writeELF(t, lib, "")
	if got := Providers(lib); len(got) != 0 {
		t.Errorf("a library for the CPU has %v", got)
	}
	cuda := filepath.Join(dir, "libonnxruntime_providers_cuda.so")
	writeELF(t, cuda, "$ORIGIN", "libcublas.so.99", "libonnxruntime_providers_shared.so")
	writeELF(t, filepath.Join(dir, "libonnxruntime_providers_shared.so"), "")
	writeELF(t, filepath.Join(dir, "libcudnn.so.9"), "")
	want := []Provider{{"cuda", cuda, []Missing{{"libcublas.so.99", "the Python package nvidia-cublas or CUDA 99"}}}}
	if diff := cmp.Diff(want, Providers(lib)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
