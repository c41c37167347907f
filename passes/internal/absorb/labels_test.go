package absorb

import (
	"slices"
	"testing"
)

// grid is labels with those periods, of axes whose sizes are not known.
func grid(period []int, at ...int) labels {
	return labels{sizes: make([]extent, len(period)), period: period, at: at}
}

func TestLabelsRepeat(t *testing.T) {
	l := grid([]int{1, 2, 3}, 0, 1, 2, 3, 4, 5)
	for _, c := range []struct {
		index []int
		want  int
	}{{[]int{0, 0, 0}, 0}, {[]int{7, 1, 2}, 5}, {[]int{0, 3, 4}, 4}} {
		if got := l.get(c.index); got != c.want {
			t.Errorf("the label at %v is %d, want %d", c.index, got, c.want)
		}
	}
	if used := grid([]int{5}, 3, free, 1, 3, still).used(); !slices.Equal(used, []int{still, 1, 3}) {
		t.Errorf("used are %v", used)
	}
}

func TestCollapsed(t *testing.T) {
	same, differ := grid([]int{2, 2}, 4, free, 7, 7), grid([]int{2, 2}, 4, 5, 4, 5)
	if l, ok := same.collapsed(1, strict); !ok || !slices.Equal(l.at, []int{4, 7}) || !slices.Equal(l.period, []int{2, 1}) {
		t.Errorf("equal labels give %v, %v", l, ok)
	}
	if _, ok := differ.collapsed(1, strict); ok {
		t.Error("different labels collapse")
	}
	if l := differ.shrunk(strict); !slices.Equal(l.period, []int{1, 2}) || !slices.Equal(l.at, []int{4, 5}) {
		t.Errorf("shrunk is %v", l)
	}
}

// TestOpenAxes gives labels the axes that they lack, on the side where there may be more.
func TestOpenAxes(t *testing.T) {
	sizes := []extent{fixed(2), fixed(3), fixed(4)}
	for _, c := range []struct {
		open side
		want []int
	}{{inFront, []int{1, 1, 4}}, {behind, []int{4, 1, 1}}, {closed, nil}} {
		l := grid([]int{4}, 0, 1, 2, 3)
		l.open = c.open
		got, ok := l.in(sizes)
		if ok != (c.want != nil) || ok && (!slices.Equal(got.period, c.want) || got.open != closed || got.sizes[1].number() != 3) {
			t.Errorf("open on side %d they are %v, %v", c.open, got, ok)
		}
	}
	if _, ok := grid([]int{1, 1, 1, 1}, 0).in(sizes); ok {
		t.Error("four axes became three")
	}
}

func TestJoined(t *testing.T) {
	a, b := grid([]int{2, 1}, 0, free), grid([]int{1, 3}, free, 0, 0)
	if l, ok := a.joined(b, strict); !ok || !slices.Equal(l.period, []int{2, 3}) || !slices.Equal(l.at, []int{0, 0, 0, free, 0, 0}) {
		t.Errorf("joined are %v, %v", l, ok)
	}
	if _, ok := a.joined(grid([]int{1, 1}, 5), strict); ok {
		t.Error("different labels are joined")
	}
	if _, ok := common([]int{1 << 11}, []int{1<<11 - 1}); ok {
		t.Error("a table may be of any size")
	}
	if _, ok := table(nil, []int{1 << 11, 1 << 11}, nil); ok {
		t.Error("a table may be of any size")
	}
}
