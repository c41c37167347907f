// Package onnxpb is the wire format of ONNX models as Go types, generated from onnx.proto.
//
// go generate needs nothing but Go: buf compiles the schema, and buf.gen.yaml runs two generators,
// protoc-gen-go for the messages and protoc-gen-go-vtproto for their size, their encoding, and a
// decoding that aliases the bytes and the strings of its input. All three have pinned versions.
package onnxpb

//go:generate go run github.com/bufbuild/buf/cmd/buf@v1.75.0 generate --template buf.gen.yaml --path . ../../..
