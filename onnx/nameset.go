package onnx

import (
	"bytes"
	"hash/maphash"
)

// nameSet is a set of names, each a part of a file that stays in memory.
type nameSet struct {
	seed  maphash.Seed
	first map[uint64][]byte // by the hash; two names of one hash are as good as one that is new
}

func newNameSet() *nameSet { return &nameSet{maphash.MakeSeed(), map[uint64][]byte{}} }

// add reports whether a name is new.
func (n *nameSet) add(name []byte) bool {
	hash := maphash.Bytes(n.seed, name)
	first, known := n.first[hash]
	if !known {
		n.first[hash] = name
		return true
	}
	return !bytes.Equal(first, name)
}
