package onnx_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/onnx"
)

func TestForeignFilesAreNamed(t *testing.T) {
	zeros := strings.Repeat("\x00", 40)
	for name, c := range map[string]struct{ data, want string }{
		"empty":            {"", "the file is empty; copy it again"},
		"Git LFS":          {"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n", "Git LFS pointer; run git lfs pull"},
		"HTML":             {"<!DOCTYPE html>\n<html></html>\n", "web page; download the file itself"},
		"HTML, no doctype": {"\xef\xbb\xbf\r\n <HTML lang=en></HTML>", "web page; download the file itself"},
		"PyTorch":          {"PK\x03\x04\x00\x00\x08\x08archive/data.pkl", "PyTorch file; load it in PyTorch and export it with torch.onnx.export"},
		"PyTorch, older":   {"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.", "PyTorch file in its older format; load it in PyTorch"},
		"pickle":           {"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x01.", "Python pickle; load it where it was made"},
		"Keras":            {"PK\x03\x04\x14\x00metadata.json" + strings.Repeat("\x01", 1<<17) + "PK\x01\x02model.weights.h5PK\x05\x06", "Keras model; load it in Keras"},
		"HDF5":             {"\x89HDF\r\n\x1a\n\x00" + zeros, "HDF5 file, such as Keras writes; load it in Keras"},
		"NumPy":            {"\x93NUMPY\x01\x00v\x00{'descr': '<f4'", "NumPy array; give the model here"},
		"NumPy archive":    {"PK\x03\x04\x2d\x00images.npy", "NumPy archive of arrays; give the model here"},
		"zip":              {"PK\x03\x04\x2d\x00net.onnx", "zip archive; unpack it"},
		"SavedModel":       {"\x08\x01\x12\x0c\x0a\x0a\x12\x01 \x22\x05serve", "TensorFlow SavedModel; convert its folder to ONNX with tf2onnx"},
		"TensorFlow graph": {"\x0a\x10\x0a\x01x\x12\x0bPlaceholder\x0a\x09\x0a\x01y\x12\x04Relu", "TensorFlow graph; convert it to ONNX"},
		"Core ML":          {"\x08\x04\x12\x04\x0a\x02\x0a\x00\xa2\x1f\x02\x0a\x00", "Core ML model; use the model that it was made of"},
		"gzip":             {"\x1f\x8b\x08\x00" + zeros, "gzip; unpack it with gunzip"},
		"TFLite":           {"\x1c\x00\x00\x00TFL3\x14\x00\x20\x00" + zeros, "TFLite model; convert it to ONNX with tf2onnx"},
		"ORT format":       {"\x1c\x00\x00\x00ORTM\x14\x00\x20\x00" + zeros, "ORT format; use the ONNX model"},
		"TensorRT":         {"ptrt" + zeros, "TensorRT engine; use the ONNX model"},
		"TensorRT, older":  {"ftrt" + zeros, "TensorRT engine; use the ONNX model"},
		"safetensors":      {"\x10\x00\x00\x00\x00\x00\x00\x00{\"w\":{}}        ", "weights and no graph; load it in PyTorch"},
		"safetensors, of a length that is a field of a model": {"\x3a\x01\x00\x00\x00\x00\x00\x00{" + zeros, "weights and no graph"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, []byte(c.data), nil, "not an ONNX model: ")
			refused(t, []byte(c.data), nil, c.want)
		})
	}
}

// TestUnknownFilesKeepTheirCause has files that resemble one of another kind, but are of none.
func TestUnknownFilesKeepTheirCause(t *testing.T) {
	for name, data := range map[string]string{
		"short":                  "\x1c\x00\x00\x00TFL",
		"late":                   "\x1c\x00\x00\x00\x00TFL3",
		"XML":                    "<?xml version=\"1.0\"?>",
		"a header beyond bounds": "\x00\x00\x00\x00\x00\x00\x00\x01{}",
		"a header of no JSON":    "\x10\x00\x00\x00\x00\x00\x00\x00[]",
	} {
		t.Run(name, func(t *testing.T) { refused(t, []byte(data), nil, "not an ONNX model: byte ") })
	}
}

// TestReadableModelsAreNeverForeign reads a model that has the mark of TFLite in its producer's name.
func TestReadableModelsAreNeverForeign(t *testing.T) {
	producer := "\x12\x06\x20\x20TFL3" // field 2, 6 bytes
	m, err := onnx.Decode(append([]byte(producer), encoded(t, small())...), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.ProducerName != "  TFL3" {
		t.Errorf("the producer is %q", m.ProducerName)
	}
}

// TestModelsWithoutAGraphMayBeForeign has a file that is a message of the right fields.
func TestModelsWithoutAGraphMayBeForeign(t *testing.T) {
	refused(t, []byte("\x12\x06\x20\x20TFL3"), nil, "TFLite model")
	refused(t, []byte("\x12\x06\x20\x20TFL4"), nil, "it has no graph")
}
