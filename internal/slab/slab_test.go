package slab_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/internal/slab"
)

// TestTake gives everybody values of their own, side by side, however many are asked for.
func TestTake(t *testing.T) {
	var s slab.Of[int]
	var all [][]int
	for _, n := range []int{1, 0, 3, 1, 1000, 2, 5, 100, 7} {
		list := s.Take(n)
		if len(list) != n || cap(list) != n {
			t.Fatalf("%d values and room for %d instead of %d", len(list), cap(list), n)
		}
		for i := range list {
			if list[i] != 0 {
				t.Fatal("a value is in use already")
			}
			list[i] = len(all) + 1
		}
		_ = append(list, -1)
		all = append(all, list)
	}
	for k, list := range all {
		for _, v := range list {
			if v != k+1 {
				t.Errorf("a value of list %d is %d", k, v)
			}
		}
	}
	a, b := s.New(), s.New()
	if *a = 1; a == b || *b != 0 {
		t.Error("two have the same value")
	}
}

// TestFewAllocations takes many at once.
func TestFewAllocations(t *testing.T) {
	var s slab.Of[[3]int]
	if got := testing.AllocsPerRun(10, func() {
		for range 1280 {
			s.New()
		}
	}); got > 20 {
		t.Errorf("%v allocations for 1280 values", got)
	}
}
