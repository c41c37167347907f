//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// BenchmarkFuse times the command as a user runs it, digests, fsync and process start included, on an
// ACNet of ResNet-50's size and on the trained networks; BenchmarkCopy is the yardstick. Memory is the
// peak of the whole process.
func BenchmarkFuse(b *testing.B) {
	command := build(b)
	b.Run("resnet50", func(b *testing.B) { fuse(b, command, resnet50(b, command)) })
	models, _ := filepath.Glob("../../../shared/models/*/acnet.onnx")
	for _, path := range models {
		b.Run(filepath.Base(filepath.Dir(path)), func(b *testing.B) { fuse(b, command, path) })
	}
}

// BenchmarkVerify times fuse --verify on the same ResNet-50 with images of 224²: in float64 alone, and with the engine that is
// there. Memory is the peak of the whole process.
func BenchmarkVerify(b *testing.B) {
	command := build(b)
	model := resnet50(b, command)
	b.Run("float64", func(b *testing.B) {
		fuse(b, command, model, "--verify", "--ort-lib", filepath.Join(b.TempDir(), "absent"))
	})
	b.Run("engine", func(b *testing.B) { fuse(b, command, model, "--verify") })
}

// BenchmarkCopy copies the same ResNet-50, flushes the copy to the disk and hashes both files.
func BenchmarkCopy(b *testing.B) {
	model := resnet50(b, build(b))
	b.Run("resnet50", func(b *testing.B) {
		out := filepath.Join(b.TempDir(), "copy.onnx")
		for b.Loop() {
			execute(b, "sh", "-c", `cp "$0" "$1" && sync "$1" && sha256sum "$0" "$1"`, model, out)
		}
	})
}

func build(tb testing.TB) string {
	tb.Helper()
	command := filepath.Join(tb.TempDir(), "acdeploy")
	execute(tb, "go", "build", "-o", command, ".")
	return command
}

func resnet50(b *testing.B, command string) string {
	b.Helper()
	model := filepath.Join(b.TempDir(), "resnet50.onnx")
	execute(b, command, "zoo", "resnet50", "--branched", "-o", model)
	return model
}

func fuse(b *testing.B, command, model string, flags ...string) {
	b.Helper()
	out := filepath.Join(b.TempDir(), "fused.onnx")
	info, err := os.Stat(model)
	if err != nil {
		b.Fatal(err)
	}
	peak := int64(0)
	for b.Loop() {
		state := execute(b, command, append([]string{"fuse", model, "-o", out, "-q"}, flags...)...)
		if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
			peak = max(peak, usage.Maxrss*1024)
		}
	}
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
	b.ReportMetric(float64(peak)/float64(info.Size()), "peak/file")
}

func execute(tb testing.TB, name string, args ...string) *os.ProcessState {
	tb.Helper()
	cmd := exec.Command(name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return cmd.ProcessState
}
