package onnx_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/onnx"
)

func TestBadExternalDataIsRefused(t *testing.T) {
	open := func(location string) ([]byte, error) {
		if location == "pointer" {
			return []byte("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n"), nil
		}
		if location != "d" {
			return nil, errors.New("the file is absent")
		}
		return make([]byte, 20), nil
	}
	for _, c := range []struct {
		name  string
		pairs []string
		want  string
	}{
		{"absent", []string{"location", "e"}, `initializer "w": external data "e": the file is absent`},
		{"not fetched", []string{"location", "pointer"}, `external data "pointer": this is a Git LFS pointer; run git lfs pull`},
		{"no location", nil, `initializer "w": its external data has no location`},
		{"negative offset", []string{"location", "d", "offset", "-8"}, `its external data has the offset "-8", which is not a number of bytes`},
		{"huge offset", []string{"location", "d", "offset", "9223372036854775807"}, `the file has 20 bytes, and the tensor is at byte 9223372036854775807 with 8 bytes`},
		{"overflowing length", []string{"location", "d", "length", "9223372036854775808"}, `its external data has the length "9223372036854775808"`},
		{"short file", []string{"location", "d", "offset", "16"}, `the file has 20 bytes, and the tensor is at byte 16 with 8 bytes`},
		{"other length", []string{"location", "d", "length", "4"}, `length is 4, and the tensor needs 8 bytes`},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, encoded(t, withExternal(c.pairs...)), open, c.want) })
	}
	t.Run("nothing to open with", func(t *testing.T) {
		refused(t, encoded(t, withExternal("location", "d")), nil, "files next to the model cannot be read here")
	})
}

func TestExternalDataIsReadAtItsOffset(t *testing.T) {
	file := []byte("0123\x00\x00\x80\x3f\x00\x00\x00\x40")
	opened := 0
	open := func(string) ([]byte, error) { opened++; return file, nil }
	m, err := onnx.Decode(encoded(t, withExternal("location", "d", "offset", "4")), open)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Graph.Lookup("w").Data().Float64s(); got[0] != 1 || got[1] != 2 {
		t.Errorf("read %v", got)
	}
	var out bytes.Buffer
	if _, err := onnx.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	want := small()
	want.Graph.Initializer[0].RawData = file[4:]
	sameMessage(t, encoded(t, want), out.Bytes())
	if opened != 1 || !onnx.External(m) {
		t.Errorf("opened %d times, external %v", opened, onnx.External(m))
	}
}
