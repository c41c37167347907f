package mapped_test

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/onnx/mapped"
)

const benchSize = 32 << 20 // elements: 128 MiB, the size of ResNet-50 as an ACNet

// BenchmarkSave opens, hashes and saves a large model; BenchmarkCopy is what it is compared with.
func BenchmarkSave(b *testing.B) {
	dir := b.TempDir()
	path := write(b, filepath.Join(dir, "m.onnx"), add(b, benchSize, ""))
	b.SetBytes(4 * benchSize)
	for b.Loop() {
		f, err := mapped.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Digests(context.Background()); err != nil {
			b.Fatal(err)
		}
		if _, err := mapped.Save(context.Background(), filepath.Join(dir, "o.onnx"), f.Model, mapped.Options{}); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCopy is cp A B && sync B && sha256sum A B.
func BenchmarkCopy(b *testing.B) {
	dir := b.TempDir()
	from := write(b, filepath.Join(dir, "a"), add(b, benchSize, ""))
	to := filepath.Join(dir, "b")
	b.SetBytes(4 * benchSize)
	for b.Loop() {
		copyAndSync(b, from, to)
		for _, path := range []string{from, to} {
			hashFile(b, path)
		}
	}
}

func copyAndSync(b *testing.B, from, to string) {
	b.Helper()
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		b.Fatal(err)
	}
	if err := out.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
}

func hashFile(b *testing.B, path string) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := io.Copy(sha256.New(), f); err != nil {
		b.Fatal(err)
	}
}
