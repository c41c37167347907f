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
)

// weak marks a version of which only weak symbols are asked.
const weak = "weak "

// writeVersions writes a library that defines versions of symbols and asks others of libc.so.6, and holds nothing else.
func writeVersions(t *testing.T, path string, machine elf.Machine, defined, needed []string) {
	t.Helper()
	const header, section = 64, 64
	names := []byte{0}
	str := func(s string) uint32 {
		at := len(names)
		names = append(append(names, s...), 0)
		return uint32(at)
	}
	pack := func(values ...any) (out []byte) {
		for _, v := range values {
			out, _ = binary.Append(out, binary.LittleEndian, v) // all have a fixed size
		}
		return out
	}
	const half, end = uint16(1), uint32(0)
	var definitions, needs []byte
	for i, name := range defined { // revision, flags, index, one name, hash; where the name and the next one are
		next := uint32(28)
		if i == len(defined)-1 {
			next = end
		}
		definitions = append(definitions, pack(half, uint16(0), uint16(i+2), half, uint32(0), uint32(20), next, str(name), end)...)
	}
	if len(needed) > 0 { // revision, how many, of which library; where the names are; no more libraries
		needs = pack(half, uint16(len(needed)), str("libc.so.6"), uint32(16), end)
	}
	for i, name := range needed { // hash, flags, index, name; where the next one is
		next := uint32(16)
		if i == len(needed)-1 {
			next = end
		}
		flags := uint16(0)
		if short, ok := strings.CutPrefix(name, weak); ok {
			name, flags = short, uint16(elf.VER_FLG_WEAK)
		}
		needs = append(needs, pack(uint32(0), flags, uint16(i+2), str(name), next)...)
	}
	symbols, versions := make([]byte, elf.Sym64Size), pack(uint16(0))
	table := []elf.Section64{
		{},
		{Type: uint32(elf.SHT_STRTAB), Size: uint64(len(names))},
		{Type: uint32(elf.SHT_DYNSYM), Size: elf.Sym64Size, Link: 1, Entsize: elf.Sym64Size},
		{Type: uint32(elf.SHT_GNU_VERSYM), Size: uint64(len(versions)), Link: 2},
		{Type: uint32(elf.SHT_GNU_VERDEF), Size: uint64(len(definitions)), Link: 1},
		{Type: uint32(elf.SHT_GNU_VERNEED), Size: uint64(len(needs)), Link: 1},
	}
	at := uint64(header + len(table)*section)
	for i := range table[1:] {
		table[i+1].Off, at = at, at+table[i+1].Size
	}
	head := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(machine), Version: 1, Shoff: header,
		Ehsize: header, Shentsize: section, Shnum: uint16(len(table)), Shstrndx: 1,
	}
	copy(head.Ident[:], "\x7fELF\x02\x01\x01")
	file := bytes.Join([][]byte{pack(head, table), names, symbols, versions, definitions, needs}, nil)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file, 0o755); err != nil {
		t.Fatal(err)
	}
}

// oldRoot is the root of a system whose glibc goes up to 2.17.
func oldRoot(t *testing.T, folder string, machine elf.Machine) string {
	t.Helper()
	root := t.TempDir()
	writeVersions(t, filepath.Join(root, folder, "libc.so.6"), machine, []string{"libc.so.6", "GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.9", "GLIBC_PRIVATE"}, nil)
	return root
}

func TestGlibcOfASystem(t *testing.T) {
	for name, test := range map[string]struct{ root, want string }{
		"red hat":             {oldRoot(t, "lib64", elf.EM_X86_64), "2.17"},
		"debian":              {oldRoot(t, "lib/x86_64-linux-gnu", elf.EM_X86_64), "2.17"},
		"of another machine":  {oldRoot(t, "lib", elf.EM_AARCH64), ""},
		"none":                {t.TempDir(), ""},
		"a file that is none": {rootWith(t, "lib64/libc.so.6"), ""},
	} {
		if got := (Store{OS: "linux", Arch: "amd64", root: test.root}).glibc(); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// This program's own system is read as well, where its C library is glibc.
func TestGlibcOfThisSystem(t *testing.T) {
	here := Store{}.glibc()
	if here == "" {
		t.Skip("there is no glibc at the usual places")
	}
	if !atLeast(here, "2.17") || !atLeast("9.0", here) {
		t.Errorf("the glibc of this system is %q", here)
	}
}

// A library that needs a newer glibc is passed over, and the reason says so; what fits is taken.
func TestResolveOnAnOldSystem(t *testing.T) {
	newer, older := filepath.Join(t.TempDir(), "libonnxruntime.so"), filepath.Join(t.TempDir(), "libonnxruntime.so")
	writeVersions(t, newer, elf.EM_X86_64, nil, []string{"GLIBC_2.3.4", "GLIBC_2.28", "GLIBC_2.4", "GLIBC_ABI_DT_RELR"})
	writeVersions(t, older, elf.EM_X86_64, nil, []string{"GLIBC_2.17", weak + "GLIBC_2.34"})
	old := Store{OS: "linux", Arch: "amd64", root: oldRoot(t, "lib64", elf.EM_X86_64)}
	_, err := old.Resolve(Request{Flag: newer})
	wantError(t, err, newer+" needs glibc 2.28, and this system's goes up to 2.17")
	unknown := Store{OS: "linux", Arch: "amd64", root: t.TempDir()}
	for _, test := range []struct {
		store Store
		path  string
	}{{old, older}, {unknown, newer}} {
		if found, err := test.store.Resolve(Request{Flag: test.path}); err != nil || found.Path != test.path {
			t.Errorf("found %+v, %v", found, err)
		}
	}
}

// Where none of the libraries that can be installed would load, nothing is said of installing one, and nothing is fetched.
func TestInstallOnAnOldSystem(t *testing.T) {
	archive := wheel(t)
	store := storeOf(t, pinned(KindWheel, wheelFile, archive))
	store.Manifest.Runtimes[0].Needs = "glibc 2.28, libstdc++"
	mustInstall(t, store, Options{From: write(t, "w", archive)})
	store.root = oldRoot(t, "lib64", elf.EM_X86_64)
	const why = "onnxruntime 9.9.9 needs glibc 2.28, and this system's goes up to 2.17"
	_, err := store.Install(t.Context(), Options{})
	wantError(t, err, why+": "+glibcRemedy)
	none := func() (string, error) { return "", nil }
	_, err = store.Resolve(Request{Getenv: func(string) string { return "" }, Program: none, Python: none, Homebrew: []string{}, Ldconfig: none})
	missing, ok := errors.AsType[*NotFoundError](err)
	if !ok || missing.Remedy() != glibcRemedy || !strings.HasSuffix(missing.Reason(), "; "+why) || !strings.Contains(missing.Places(), store.Dir+": "+why) {
		t.Errorf("resolve: %v", err)
	}
}
