package onnx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxSafetensorsHeader is the longest header that a safetensors file may have.
const maxSafetensorsHeader = 100_000_000

// torchMagic is how torch.save began before it wrote zip archives: a pickle whose first object is a number of PyTorch's.
const torchMagic = "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."

// kind is a kind of file that is found where a model should be.
type kind struct {
	is   func(data []byte) bool
	what string
	do   string // what makes a model of it
}

func foreignKinds() []kind {
	return []kind{
		{isEmpty, "the file is empty", "copy it again"},
		{isPointer, "this is a Git LFS pointer", "run git lfs pull"},
		{isHTML, "this is a web page", "download the file itself, on GitHub by its raw link"},
		{zipWith("/data.pkl"), "this is a PyTorch file", "load it in PyTorch and export it with torch.onnx.export"},
		{zipWith("model.weights.h5"), "this is a Keras model", "load it in Keras and convert it to ONNX with tf2onnx"},
		{zipWith(".npy"), "this is a NumPy archive of arrays", "give the model here, and arrays where data is asked for"},
		{begins("PK\x03\x04"), "this is a zip archive", "unpack it"},
		{begins(torchMagic), "this is a PyTorch file in its older format", "load it in PyTorch and export it with torch.onnx.export"},
		{isPickle, "this is a Python pickle", "load it where it was made and export the model as ONNX from there"},
		{begins("\x89HDF\r\n\x1a\n"), "this is an HDF5 file, such as Keras writes", "load it in Keras and convert it to ONNX with tf2onnx"},
		{begins("\x93NUMPY"), "this is a NumPy array", "give the model here, and arrays where data is asked for"},
		{begins("\x1f\x8b"), "this is compressed with gzip", "unpack it with gunzip, or with tar if it is an archive"},
		{holds("TFL3"), "this is a TFLite model", "convert it to ONNX with tf2onnx"},
		{holds("ORTM"), "this is a model in ORT format", "use the ONNX model that it was made of"},
		{begins("ptrt"), "this is a TensorRT engine", "use the ONNX model that it was built of"},
		{begins("ftrt"), "this is a TensorRT engine", "use the ONNX model that it was built of"},
		{isSavedModel, "this is a TensorFlow SavedModel", "convert its folder to ONNX with tf2onnx"},
		{isFrozenGraph, "this is a TensorFlow graph", "convert it to ONNX with tf2onnx"},
		{isCoreML, "this is a Core ML model", "use the model that it was made of"},
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

// isPointer looks for what Git LFS leaves in the place of a file that was not fetched.
func isPointer(data []byte) bool {
	return bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec"))
}

// zipWith looks for a zip archive with a file of such a name. Names stand at the front, and all of them at the end.
func zipWith(name string) func([]byte) bool {
	return func(data []byte) bool {
		front, end := data[:min(len(data), 1<<10)], data[max(0, len(data)-1<<16):]
		return bytes.HasPrefix(data, []byte("PK\x03\x04")) && (bytes.Contains(front, []byte(name)) || bytes.Contains(end, []byte(name)))
	}
}

// isPickle looks for the version of a pickle at its front, and for the mark of its end.
func isPickle(data []byte) bool {
	return len(data) > 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5 && data[len(data)-1] == '.'
}

// isSavedModel looks for version 1 and graphs that begin with what is told of them. In a model of ONNX the second
// field would be the name of who made it.
func isSavedModel(data []byte) bool {
	fields := topLevel(data)
	return len(fields) >= 2 && fields[0].is(1, protowire.VarintType, "\x01") && fields[1].is(2, protowire.BytesType, "\x0a")
}

// isFrozenGraph looks for nodes of which the first is an input or a constant.
func isFrozenGraph(data []byte) bool {
	fields := topLevel(data)
	return len(fields) > 0 && fields[0].is(1, protowire.BytesType, "\x0a") &&
		(bytes.Contains(fields[0].value, []byte("\x12\x0bPlaceholder")) || bytes.Contains(fields[0].value, []byte("\x12\x05Const")))
}

// isCoreML looks for a version, and for a network in one of the many fields that stand for the kinds of it.
func isCoreML(data []byte) bool {
	fields := topLevel(data)
	return len(fields) > 1 && fields[0].is(1, protowire.VarintType, "") && slices.ContainsFunc(fields, func(f field) bool {
		return f.number >= 200 && f.number <= 3000 && f.kind == protowire.BytesType
	})
}

// field is a field of a message.
type field struct {
	number protowire.Number
	kind   protowire.Type
	value  []byte // that of a text or a message without its length
}

func (f field) is(number protowire.Number, kind protowire.Type, begin string) bool {
	return f.number == number && f.kind == kind && bytes.HasPrefix(f.value, []byte(begin))
}

// mostFields bounds how far a message is read to tell its kind.
const mostFields = 64

// topLevel is the first fields of a message, none when the data is not one.
func topLevel(data []byte) []field {
	var fields []field
	for len(data) > 0 && len(fields) < mostFields {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return nil
		}
		size := protowire.ConsumeFieldValue(number, kind, data[n:])
		if size < 0 {
			return nil
		}
		f := field{number, kind, data[n : n+size]}
		if kind == protowire.BytesType {
			f.value, _ = protowire.ConsumeBytes(f.value)
		}
		fields, data = append(fields, f), data[n+size:]
	}
	return fields
}
