package onnx_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/onnx"
)

// FuzzDecode checks that whatever decodes is written, and that what was written decodes to the same
// bytes again. The first writing may put nodes in order; the second one changes nothing.
func FuzzDecode(f *testing.F) {
	open := func(location string) ([]byte, error) {
		if location == "absent" {
			return nil, errors.New("the file is absent")
		}
		return make([]byte, 64), nil
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := onnx.Decode(data, open)
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		if _, err := onnx.Encode(&once, m); err != nil {
			t.Fatal(err)
		}
		if m, err = onnx.Decode(once.Bytes(), nil); err != nil {
			t.Fatalf("the written model: %v", err)
		}
		if _, err := onnx.Encode(&twice, m); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			sameMessage(t, once.Bytes(), twice.Bytes())
			t.Error("the second writing gives other bytes")
		}
	})
}
