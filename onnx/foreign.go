package onnx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// maxSafetensorsHeader is the longest header that a safetensors file may have.
const maxSafetensorsHeader = 100_000_000

// kind is a kind of file that is found where a model should be.
type kind struct {
	is   func(data []byte) bool
	what string
	do   string // what makes a model of it
}

func foreignKinds() []kind {
	return []kind{
		{isEmpty, "the file is empty", "copy it again"},
		{begins("version https://git-lfs.github.com/spec"), "this is a Git LFS pointer", "run git lfs pull"},
		{isHTML, "this is a web page", "download the file itself, on GitHub by its raw link"},
		{begins("PK\x03\x04"), "this is a zip archive", "unpack it, or export it with torch.onnx.export if PyTorch wrote it"},
		{begins("\x1f\x8b"), "this is compressed with gzip", "unpack it with gunzip, or with tar if it is an archive"},
		{holds("TFL3"), "this is a TFLite model", "convert it to ONNX with tf2onnx"},
		{holds("ORTM"), "this is a model in ORT format", "use the ONNX model that it was made of"},
		{begins("ptrt"), "this is a TensorRT engine", "use the ONNX model that it was built of"},
		{begins("ftrt"), "this is a TensorRT engine", "use the ONNX model that it was built of"},
		{isSafetensors, "this is a safetensors file, which has weights and no graph", "load it in PyTorch and export it with torch.onnx.export"},
	}
}

// notONNX explains data that could not be decoded: by the kind of file that it is, or else by cause. It must not be
// asked about data that decodes.
func notONNX(data []byte, cause error) error {
	for _, k := range foreignKinds() {
		if k.is(data) {
			cause = errors.New(k.what + "; " + k.do)
			break
		}
	}
	return fmt.Errorf("not an ONNX model: %w", cause)
}

func isEmpty(data []byte) bool { return len(data) == 0 }

func begins(magic string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }
}

// holds looks for the identifier of a FlatBuffers file, which comes after the offset of its root.
func holds(identifier string) func([]byte) bool {
	return func(data []byte) bool { return len(data) >= 8 && string(data[4:8]) == identifier }
}

func isHTML(data []byte) bool {
	data = data[:min(len(data), 1024)]
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data = bytes.ToLower(bytes.TrimSpace(data))
	return bytes.HasPrefix(data, []byte("<!doctype html")) || bytes.HasPrefix(data, []byte("<html"))
}

// isSafetensors looks for the length of a header and the header, which is JSON.
func isSafetensors(data []byte) bool {
	return len(data) > 8 && data[8] == '{' && binary.LittleEndian.Uint64(data) <= maxSafetensorsHeader
}
