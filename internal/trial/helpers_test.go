package main

import (
	"errors"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// zooSubject is a built-in network by its name.
func zooSubject(t *testing.T, name string) subject {
	t.Helper()
	all := zooSubjects()
	k := slices.IndexFunc(all, func(s subject) bool { return s.name == name })
	if k < 0 {
		t.Fatalf("there is no network %s", name)
	}
	return all[k]
}

// built is a built-in network.
func built(t *testing.T, name string) *graph.Model {
	t.Helper()
	m, _, err := zooSubject(t, name).build()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// broken is a subject that cannot be built.
func broken() subject {
	return subject{group: groupZoo, name: "broken", build: func() (*graph.Model, func() error, error) {
		return nil, nil, errors.New("it is broken")
	}}
}

// image is an input of LeNet-5.
func image() tensor.Map {
	v := make([]float32, 32*32)
	for i := range v {
		v[i] = float32(i%7) - 3
	}
	return tensor.Map{"input": tensor.Of([]int64{1, 1, 32, 32}, v...)}
}
