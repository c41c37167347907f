package passes_test

import (
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestHostileWrites has writes into an image that no exporter makes: they stay, and nothing breaks.
func TestHostileWrites(t *testing.T) {
	type values = []*graph.Value
	indices := func(b *builder, shape []int64, v ...int64) *graph.Value {
		return b.g.NewInitializer("at", tensor.Of(shape, v...))
	}
	row := func(b *builder) *graph.Value { return b.constant(1, 4, 1, 1) }
	counted := func(b *builder, in ...*graph.Value) *graph.Value {
		return b.node("Unsqueeze", values{b.node("Range", in), b.ints(-1)})
	}
	for name, operands := range map[string]func(b *builder, y *graph.Value) values{
		"none":           func(*builder, *graph.Value) values { return nil },
		"no_updates":     func(b *builder, _ *graph.Value) values { return values{indices(b, []int64{1, 1}, 0)} },
		"absent_indices": func(b *builder, _ *graph.Value) values { return values{nil, row(b)} },
		"no_index":       func(b *builder, _ *graph.Value) values { return values{indices(b, []int64{0, 1}), row(b)} },
		"empty_tuples":   func(b *builder, _ *graph.Value) values { return values{indices(b, []int64{1, 0}), row(b)} },
		"a_scalar":       func(b *builder, _ *graph.Value) values { return values{indices(b, nil, 0), row(b)} },
		"deeper_than_the_rank": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 5}, 0, 0, 0, 0, 0), row(b)}
		},
		"far_outside": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{2, 1}, 1<<62, -1<<62), row(b)}
		},
		"channels_outside": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 4}, 0, -9, 0, 0), b.constant(1)}
		},
		"channels_far_outside": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 4}, 0, 1<<40, 0, 0), b.constant(1)}
		},
		"updates_of_no_rank": func(b *builder, _ *graph.Value) values { return values{indices(b, []int64{1, 1}, 0), b.scalar(1)} },
		"updates_of_no_size": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 1}, 0), b.constant(0, 4, 1, 1)}
		},
		"more_axes_in_updates": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 1}, 0), b.constant(1, 1, 1, 1, 4, 1, 1)}
		},
		"updates_of_integers": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 1}, 0), b.ints(1, 2, 3, 4)}
		},
		"computed_updates": func(b *builder, y *graph.Value) values {
			return values{indices(b, []int64{1, 1}, 0), b.node("Relu", values{y})}
		},
		"turned_badly": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 1}, 0), b.node("Transpose", values{row(b)}, graph.IntsAttr("perm", 0, 0, 1, 9))}
		},
		"counted_from_nothing": func(b *builder, _ *graph.Value) values { return values{counted(b, nil, nil, nil), row(b)} },
		"counted_without_step": func(b *builder, y *graph.Value) values {
			return values{counted(b, b.ints1(0), b.node("Gather", values{b.node("Shape", values{y}), b.ints1(0)})), row(b)}
		},
		"counted_by_nobody": func(b *builder, y *graph.Value) values {
			return values{b.node("Unsqueeze", values{b.node("Custom", values{b.ints1(0), b.size(y), b.ints1(1)}), b.ints(-1)}), row(b)}
		},
		"counted_and_added_up": func(b *builder, y *graph.Value) values {
			return values{b.node("ReduceSum", values{b.node("Range", values{b.ints1(0), b.size(y), b.ints1(1)}), b.ints(-1)}), row(b)}
		},
		"sliced_by_nothing": func(b *builder, y *graph.Value) values {
			all := b.node("Range", values{b.ints1(0), b.size(y), b.ints1(1)})
			return values{b.node("Unsqueeze", values{b.node("Slice", values{all, b.ints(), b.ints()}), b.ints(-1)}), row(b)}
		},
		"very_wide": func(b *builder, y *graph.Value) values {
			all := b.node("Range", values{b.ints1(0), b.size(y), b.ints1(1)})
			return values{b.node("Unsqueeze", values{b.part(all, -1<<62, 1<<62), b.ints(-1)}), row(b)}
		},
		"all_without_updates": func(b *builder, y *graph.Value) values { return values{counted(b, b.ints1(0), b.size(y), b.ints1(1))} },
		"from_outside": func(b *builder, _ *graph.Value) values {
			at := b.input("at", 1, 1)
			at.SetElem(tensor.Int64)
			return values{at, b.input("updates", 1, 4, 1, 1)}
		},
		"updates_from_outside": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 1}, 0), b.input("updates", 1, 4, 1, 1)}
		},
		"fewer_updates_than_places": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{2, 4}, 0, 0, 0, 0, 0, 1, 0, 0), b.constant(1)}
		},
		"elements_from_outside": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 4}, 0, 0, 0, 0), b.input("updates", 1)}
		},
		"deeper_than_a_whole_row": func(b *builder, _ *graph.Value) values {
			var at []int64
			for i := range int64(4 * 7) {
				at = append(at, 0, i/7, 0, i%7, 0)
			}
			return values{indices(b, []int64{28, 5}, at...), b.constant(28)} // of one image
		},
		"turned_shorter": func(b *builder, _ *graph.Value) values {
			return values{indices(b, []int64{1, 1}, 0), b.node("Transpose", values{row(b)}, graph.IntsAttr("perm", 0))}
		},
		"counted_by_lists": func(b *builder, _ *graph.Value) values {
			return values{counted(b, b.ints(0, 1), b.ints(2, 3), b.ints(1, 1)), row(b)}
		},
	} {
		for _, size := range []int64{-1, 5} {
			for first := range int64(4) { // the axis that is written along
				t.Run(fmt.Sprintf("%s/%d/%d", name, size, first), func(t *testing.T) {
					build := func() *graph.Model {
						b := newBuilder(6)
						batch := int64(1)
						if first == 0 {
							batch = 2 // so that the first of them is not all
						}
						x := b.input("x", batch, 4, size, size)
						y := b.padded(b.conv(x, point()), 1)
						perm := []int64{0, 1, 2, 3}
						perm[0], perm[first] = first, 0
						y = b.transpose(y, perm...)
						y = b.transpose(b.node("ScatterND", append(values{y}, operands(b, y)...)), perm...)
						return b.output(b.add(b.conv(x, square()), b.conv(y, convShape{in: 4, out: 4, kernel: []int64{3, 3}})))
					}
					m, _ := passtest.Run(t, build, defaults())
					whole := name == "very_wide" || name == "sliced_by_nothing" // where the size is known
					if ops(m)["ScatterND"] != 1 && !whole {
						t.Errorf("operators %v", ops(m))
					}
				})
			}
		}
	}
}

// size is how many elements y has along its first axis.
func (b *builder) size(y *graph.Value) *graph.Value {
	return b.node("Gather", []*graph.Value{b.node("Shape", []*graph.Value{y}), b.ints1(0)})
}
