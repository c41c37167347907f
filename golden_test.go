package acdeploy_test

import (
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// TestSameFileEverywhere pins the bytes of the fused examples: from any number of threads and on any
// machine they are the same. A change here is a change of every user's files, and needs a reason.
func TestSameFileEverywhere(t *testing.T) {
	for net, want := range map[string]string{
		"resnet20":    "ec78b2000b2486f1592ba89f6b0cb925016bb9be25f0dbd42b45d2cc406aa425",
		"cifar_quick": "37dddc2cfe2a8ebc96338361995b2082ea6609a3264a6f13015210ce174e72f0",
	} {
		for _, threads := range []int{1, 2, 7} {
			t.Run(net+"/"+strconv.Itoa(threads), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
				saved, source := fuse(t, filepath.Join("examples", net, "acnet.onnx"), filepath.Join(t.TempDir(), "fused.onnx"))
				defer func() { _ = source.Close() }()
				if got := saved.Document().Output.SHA256; got != want {
					t.Errorf("sha256 is %s, want %s", got, want)
				}
			})
		}
	}
}
