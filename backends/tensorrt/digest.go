package tensorrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// digestText is the SHA-256 of parts in hexadecimal.
func digestText(parts ...string) string {
	return osfile.SHA256Bytes(fmt.Appendf(nil, "%q", parts))
}

// digestModel is a model's model_sha256: of its file, and of every file of external data that it names, as package
// model says.
func digestModel(path string) (string, error) {
	sum, err := osfile.SHA256(path)
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	locations, err := externalData(data)
	if err != nil {
		return "", fmt.Errorf("not an ONNX model: %w", err)
	}
	parts := []osfile.Part{{Name: "model", SHA256: sum}}
	for _, location := range locations {
		if !filepath.IsLocal(location) {
			return "", fmt.Errorf("external data %q is outside the folder of the model", location)
		}
		sum, err := osfile.SHA256(filepath.Join(filepath.Dir(path), location))
		if err != nil {
			return "", fmt.Errorf("external data: %w", err)
		}
		parts = append(parts, osfile.Part{Name: location, SHA256: sum})
	}
	return osfile.SHA256OfParts(parts...), nil
}

// message kinds of ONNX, as far as they lead to tensors.
type protoKind int

const (
	modelProto protoKind = iota
	graphProto
	nodeProto
	attributeProto
	tensorProto
	sparseProto
	functionProto
	entryProto
)

// protoFields are the fields of each kind that hold messages which lead to tensors, by ONNX's numbers.
func protoFields(k protoKind) map[uint64]protoKind {
	return map[protoKind]map[uint64]protoKind{
		modelProto:     {7: graphProto, 25: functionProto},
		graphProto:     {1: nodeProto, 5: tensorProto, 15: sparseProto},
		functionProto:  {7: nodeProto, 11: attributeProto},
		nodeProto:      {5: attributeProto},
		attributeProto: {5: tensorProto, 6: graphProto, 10: tensorProto, 11: graphProto, 22: sparseProto, 23: sparseProto},
		sparseProto:    {1: tensorProto, 2: tensorProto},
		tensorProto:    {13: entryProto},
	}[k]
}

// externalData lists the files of external data that a model names, each once, sorted.
func externalData(model []byte) ([]string, error) {
	var locations []string
	err := walk(model, modelProto, 0, func(location string) {
		if !slices.Contains(locations, location) {
			locations = append(locations, location)
		}
	})
	slices.Sort(locations)
	return locations, err
}

var errWire = errors.New("the bytes are not protobuf messages")

// maxDepth bounds how deep graphs lie within graphs.
const maxDepth = 200

// walk reads the fields of a message and follows those that lead to tensors.
func walk(data []byte, k protoKind, depth int, found func(location string)) error {
	if depth > maxDepth {
		return errors.New("its graphs are nested too deeply")
	}
	follow := protoFields(k)
	var key, value string
	for len(data) > 0 {
		field, wire, content, rest, err := nextField(data)
		if err != nil {
			return err
		}
		data = rest
		if wire != wireBytes {
			continue
		}
		if k == entryProto {
			switch field {
			case 1:
				key = string(content)
			case 2:
				value = string(content)
			}
		} else if inner, ok := follow[field]; ok {
			if err := walk(content, inner, depth+1, found); err != nil {
				return err
			}
		}
	}
	if k == entryProto && key == "location" {
		found(value)
	}
	return nil
}

// The wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// nextField splits the first field off a message. Content is set for fields of bytes.
func nextField(data []byte) (field, wire uint64, content, rest []byte, err error) {
	tag, n := binary.Uvarint(data)
	if n <= 0 {
		return 0, 0, nil, nil, errWire
	}
	data = data[n:]
	size := uint64(0)
	switch tag & 7 {
	case wireVarint:
		_, n := binary.Uvarint(data)
		if n <= 0 {
			return 0, 0, nil, nil, errWire
		}
		size = uint64(n)
	case wireFixed64:
		size = 8
	case wireFixed32:
		size = 4
	case wireBytes:
		length, n := binary.Uvarint(data)
		if n <= 0 {
			return 0, 0, nil, nil, errWire
		}
		data, size = data[n:], length
	default:
		return 0, 0, nil, nil, errWire
	}
	if size > uint64(len(data)) {
		return 0, 0, nil, nil, errWire
	}
	return tag >> 3, tag & 7, data[:size], data[size:], nil
}
