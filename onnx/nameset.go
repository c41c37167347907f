package onnx

import "hash/maphash"

// nameSet is a set of names, of which it keeps the hashes alone: it takes a fifth of what the names would take. Nobody can choose names
// of one hash, and the few that meet by chance do no harm where names are only counted.
type nameSet struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

func newNameSet() *nameSet { return &nameSet{maphash.MakeSeed(), map[uint64]struct{}{}} }

// add reports whether a name is new.
func (n *nameSet) add(name []byte) bool {
	before := len(n.hashes)
	n.hashes[maphash.Bytes(n.seed, name)] = struct{}{}
	return len(n.hashes) > before
}
