package main

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/human"
)

// symbolsOf says which glibc a program for Linux asks for. More than 2.17 is more than manylinux2014 promises.
func symbolsOf(t *testing.T, program *bytes.Reader, wheel string) string {
	t.Helper()
	f, err := elf.NewFile(program)
	if err != nil {
		t.Fatal(err)
	}
	needs, err := f.DynamicVersionNeeds()
	if err != nil {
		t.Fatal(err)
	}
	major, minor := 0, 0
	for _, library := range needs {
		for _, v := range library.Needs {
			var a, b int
			if _, err := fmt.Sscanf(v.Dep, "GLIBC_%d.%d", &a, &b); err != nil {
				t.Errorf("of %s it asks for %s", library.Name, v.Dep)
			}
			if a > major || a == major && b > minor {
				major, minor = a, b
			}
		}
	}
	if major != 2 || minor > 17 {
		t.Errorf("it asks for glibc %d.%d; manylinux2014 has 2.17", major, minor)
	}
	return fmt.Sprintf("glibc %d.%d; auditwheel: %s", major, minor, audited(t, wheel))
}

// policy is the platform that auditwheel calls a wheel's.
var policy = regexp.MustCompile(`"(manylinux_2_(\d+)_\w+)"`)

// audited is what auditwheel calls a wheel.
func audited(t *testing.T, wheel string) string {
	t.Helper()
	if _, err := os.Stat("../../" + auditwheel); err != nil {
		t.Log("auditwheel is not here: .ci/wheel-tools .tools")
		return "not here"
	}
	out, err := exec.Command("../../"+auditwheel, "-m", "auditwheel", "show", wheel).Output()
	if err != nil {
		t.Fatal(err)
	}
	said := policy.FindStringSubmatch(string(out))
	var minor int
	if said != nil {
		_, _ = fmt.Sscan(said[2], &minor) // they are digits
	}
	if said == nil || minor > 17 || !strings.Contains(string(out), "requires no external shared libraries") {
		t.Fatalf("auditwheel says\n%s", out)
	}
	return "`" + said[1] + "`"
}

// Commands in the head of a file for macOS, and how it says a version.
const (
	signature = 0x1d
	buildFor  = 0x32
)

// loadsOf says which macOS a program asks for, and whether it is signed, without which Apple's own processors run nothing.
func loadsOf(t *testing.T, program *bytes.Reader, _ string) string {
	t.Helper()
	f, err := macho.NewFile(program)
	if err != nil {
		t.Fatal(err)
	}
	system, signed := "", "not signed"
	for _, load := range f.Loads {
		raw := load.Raw()
		switch f.ByteOrder.Uint32(raw) {
		case buildFor: // command, size, platform, version
			if platform := f.ByteOrder.Uint32(raw[8:]); platform != 1 {
				t.Errorf("it is for the platform %d, not for macOS", platform)
			}
			v := f.ByteOrder.Uint32(raw[12:])
			system = fmt.Sprintf("%d.%d", v>>16, v>>8&0xff)
		case signature:
			signed = "signed ad hoc"
		}
	}
	if system != "12.0" {
		t.Errorf("it asks for macOS %s, and the wheel says 12.0", system)
	}
	if f.Cpu == macho.CpuArm64 && signed == "not signed" {
		t.Error("it is not signed")
	}
	return "macOS " + system + "; " + signed
}

// importsOf says which libraries of Windows a program asks for. Each has to be a part of Windows.
func importsOf(t *testing.T, program *bytes.Reader, _ string) string {
	t.Helper()
	f, err := pe.NewFile(program)
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.ImportedSymbols() // Go has nothing yet in ImportedLibraries
	if err != nil {
		t.Fatal(err)
	}
	var libraries []string
	for _, s := range symbols {
		_, library, _ := strings.Cut(s, ":")
		libraries = append(libraries, strings.ToLower(library))
	}
	slices.Sort(libraries)
	libraries = slices.Compact(libraries)
	for _, l := range libraries {
		if l != "kernel32.dll" && l != "msvcrt.dll" && !strings.HasPrefix(l, "api-ms-win-crt-") {
			t.Errorf("it asks for %s", l)
		}
	}
	return "Windows 10 and its own libraries"
}

// tableMarks stand around the table in docs/install.md.
var tableMarks = regexp.MustCompile(`(?s)(<!-- begin table -->\n).*(<!-- end table -->)`)

// writeTable writes down what was read and run, of which version, and on which machine.
func writeTable(t *testing.T, version string, rows [][4]string) {
	t.Helper()
	const page = "../../docs/install.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	facts := host.Read(t.Context())
	var b strings.Builder
	fmt.Fprintf(&b, "%s, tried on %s, %s, with %s.\n\n", version, facts.CPU.Brand, human.Count(facts.CPU.LogicalCores, "core"), facts.System.Distribution)
	b.WriteString("| wheel | asks for | run | not run |\n|---|---|---|---|\n")
	for _, r := range rows {
		for i := range r {
			if r[i] == "" {
				r[i] = "–"
			}
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(r[:], " | "))
	}
	if !tableMarks.Match(text) {
		t.Fatal("the page has no place for the table")
	}
	if err := os.WriteFile(page, tableMarks.ReplaceAll(text, []byte("${1}"+b.String()+"${2}")), 0o644); err != nil {
		t.Fatal(err)
	}
}
