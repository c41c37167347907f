package onnx

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// external finds data in other files; each is opened once.
type external struct {
	open   Opener
	opened map[string][]byte
}

// slice returns the bytes that the entries of a tensor point at, size of them.
func (e *external) slice(entries []*onnxpb.StringStringEntryProto, size int) ([]byte, error) {
	location, offset, length := "", int64(0), int64(size)
	for _, entry := range entries {
		var err error
		switch entry.GetKey() {
		case "location":
			location = entry.GetValue()
		case "offset":
			offset, err = byteCount(entry)
		case "length":
			length, err = byteCount(entry)
		}
		if err != nil {
			return nil, err
		}
	}
	if location == "" {
		return nil, errors.New("its external data has no location; export the model again")
	}
	data, err := e.file(location)
	if err != nil {
		return nil, fmt.Errorf("external data %q: %w", location, err)
	}
	if length != int64(size) {
		return nil, fmt.Errorf("external data %q: its length is %d, and the tensor needs %d bytes", location, length, size)
	}
	if have := int64(len(data)); offset > have || length > have-offset {
		return nil, fmt.Errorf("external data %q: the file has %d bytes, and the tensor is at byte %d with %d bytes; the file is incomplete, copy it again",
			location, have, offset, length)
	}
	return data[offset : offset+length : offset+length], nil
}

// size is the size of the files that were opened.
func (e *external) size() int {
	size := 0
	for _, data := range e.opened {
		size += len(data)
	}
	return size
}

func byteCount(entry *onnxpb.StringStringEntryProto) (int64, error) {
	n, err := strconv.ParseInt(entry.GetValue(), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("its external data has the %s %q, which is not a number of bytes", entry.GetKey(), entry.GetValue())
	}
	return n, nil
}

func (e *external) file(location string) ([]byte, error) {
	if data, ok := e.opened[location]; ok {
		return data, nil
	}
	if e.open == nil {
		return nil, errors.New("files next to the model cannot be read here")
	}
	data, err := e.open(location)
	if err != nil {
		return nil, err
	}
	if isPointer(data) {
		return nil, errors.New("this is a Git LFS pointer; run git lfs pull")
	}
	if e.opened == nil {
		e.opened = map[string][]byte{}
	}
	e.opened[location] = data
	return data, nil
}
