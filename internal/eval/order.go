package eval

import (
	"cmp"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// order computes operators that compare the elements of a tensor with each other. A small change of one
// of them may change the result as a whole, so only numbers are compared that are what the file holds, or further apart
// than rounding may move them.
func (e evaluation) order() (*tensor.Tensor, bool) {
	operators := map[string]func(evaluation) (*tensor.Tensor, bool){
		"ArgMax": evaluation.extreme, "ArgMin": evaluation.extreme, "TopK": evaluation.topK, "Hardmax": evaluation.hardmax, "Unique": evaluation.unique,
		"NonMaxSuppression": evaluation.suppressed,
	}
	f := operators[e.n.OpType]
	if f == nil {
		return nil, false
	}
	doubt := false
	e.doubt = &doubt
	t, ok := f(e)
	return t, ok && !doubt
}

// ordering compares two elements of a tensor by their places. A comparison that rounding may turn round leaves a doubt. Where
// there is none the order is certain: whatever compares elements to put them in order has compared those that come next to
// each other.
func (e evaluation) ordering(x *tensor.Tensor) (func(i, j int) int, bool) {
	bound := e.errorOf(x)
	if math.IsInf(bound, 0) || !e.spend(8*x.Len()) {
		return nil, false
	}
	if x.Type().IsFloat() {
		v := x.Float64s()
		return func(i, j int) int {
			if bound > 0 && i != j && !(math.Abs(v[i]-v[j]) > 2*bound) {
				*e.doubt = true
			}
			return cmp.Compare(v[i], v[j])
		}, x.Finite()
	}
	v, ok := x.Int64s()
	return func(i, j int) int { return cmp.Compare(v[i], v[j]) }, ok
}

// lines divides a tensor along an axis into lines of that length.
type lines struct{ outer, length, inner int }

func linesOf(shape []int64, axis int) lines {
	outer, _ := tensor.Count(shape[:axis])
	inner, _ := tensor.Count(shape[axis+1:])
	return lines{outer, int(shape[axis]), inner}
}

// count is how many lines there are that have elements.
func (l lines) count() int {
	if l.length == 0 {
		return 0
	}
	return l.outer * l.inner
}

// at is the place of element k of a line.
func (l lines) at(line, k int) int { return (line/l.inner*l.length+k)*l.inner + line%l.inner }

// of is the line of the element at a place.
func (l lines) of(i int) int { return i/l.inner/l.length*l.inner + i%l.inner }

// extreme computes ArgMax and ArgMin.
func (e evaluation) extreme() (*tensor.Tensor, bool) {
	x := e.in[0]
	axis, ok := e.Axis(x.Rank())
	if !ok || x.Len() == 0 {
		return nil, false
	}
	order, ok := e.ordering(x)
	l := linesOf(x.Shape(), axis)
	if !ok || l.count()*8 > e.limit {
		return nil, false
	}
	sign, last := 1, e.Flag("select_last_index")
	if e.n.Is("ArgMin") {
		sign = -1
	}
	out := make([]int64, l.count())
	for line := range out {
		best := 0
		for k := 1; k < l.length; k++ {
			switch c := sign * order(l.at(line, k), l.at(line, best)); {
			case c > 0, c == 0 && last:
				best = k
			}
		}
		out[line] = int64(best)
	}
	shape := slices.Clone(x.Shape())
	if shape[axis] = 1; !e.Flag("keepdims") {
		shape = slices.Delete(shape, axis, axis+1)
	}
	return integers(tensor.Int64, shape, out)
}

// topK computes TopK. Among equal elements the first one comes first; in no order there is no certain result.
func (e evaluation) topK() (*tensor.Tensor, bool) {
	x := e.in[0]
	axis, ok := e.Axis(x.Rank())
	count := e.Int("k")
	if _, given := e.operand(1); given {
		list, whole := e.integersOf(1)
		if !whole || len(list) != 1 {
			return nil, false
		}
		count = list[0]
	}
	if !ok || count < 0 || count > x.Shape()[axis] || e.n.Int("sorted", 1) == 0 {
		return nil, false
	}
	order, ok := e.ordering(x)
	if !ok {
		return nil, false
	}
	sign := 1
	if e.n.Int("largest", 1) != 0 {
		sign = -1
	}
	from, shape := linesOf(x.Shape(), axis), slices.Clone(x.Shape())
	shape[axis] = count
	to := linesOf(shape, axis)
	chosen := make([]int, to.count()*to.length)
	index := make([]int64, len(chosen))
	for line := range to.count() {
		places := make([]int, from.length)
		for k := range places {
			places[k] = k
		}
		slices.SortStableFunc(places, func(i, j int) int { return sign * order(from.at(line, i), from.at(line, j)) })
		for k, place := range places[:count] {
			at := to.at(line, k)
			chosen[at], index[at] = from.at(line, place), int64(place)
		}
	}
	if e.out == 1 {
		return integers(tensor.Int64, shape, index)
	}
	return e.moved(x, shape, func(i int) int { return chosen[i] })
}

// hardmax is 1 at the first largest number of those that a Softmax would work on together, else 0.
func (e evaluation) hardmax() (*tensor.Tensor, bool) {
	x := e.in[0]
	start, end, err := op.SoftmaxAxes(e.n, x.Rank())
	if err != nil || x.Len() == 0 || !x.Type().IsFloat() {
		return nil, false
	}
	order, ok := e.ordering(x)
	if !ok || x.ByteSize() > e.limit {
		return nil, false
	}
	length, _ := tensor.Count(x.Shape()[start:end])
	inner, _ := tensor.Count(x.Shape()[end:])
	l := lines{x.Len() / length / inner, length, inner}
	out := make([]float64, x.Len())
	for line := range l.count() {
		best := 0
		for k := range length {
			if order(l.at(line, k), l.at(line, best)) > 0 {
				best = k
			}
		}
		out[l.at(line, best)] = 1
	}
	return exactly(x.Type(), x.Shape(), out)
}

// unique computes Unique, of single elements or of all that have one index of an axis.
func (e evaluation) unique() (*tensor.Tensor, bool) {
	x := e.in[0]
	l := lines{1, x.Len(), 1}
	axis, byAxis := 0, e.Has("axis")
	if byAxis {
		var ok bool
		if axis, ok = e.Axis(x.Rank()); !ok {
			return nil, false
		}
		l = linesOf(x.Shape(), axis)
	}
	order, ok := e.ordering(x)
	if !ok || 8*l.length > e.limit {
		return nil, false
	}
	compare := func(a, b int) int {
		for line := range l.count() {
			if c := order(l.at(line, a), l.at(line, b)); c != 0 {
				return c
			}
		}
		return 0
	}
	places := make([]int, l.length)
	for k := range places {
		places[k] = k
	}
	slices.SortStableFunc(places, compare)
	var first, kind, many []int // of each distinct one its first place; of each place its kind; of each kind how many
	kind = make([]int, l.length)
	for i, k := range places {
		if i == 0 || compare(places[i-1], k) != 0 {
			first, many = append(first, k), append(many, 0)
		}
		kind[k] = len(first) - 1
		many[len(many)-1]++
	}
	if !e.Flag("sorted") {
		first, kind, many = byAppearance(first, kind, many)
	}
	switch e.out {
	case 1:
		return indices(first)
	case 2:
		return indices(kind)
	case 3:
		return indices(many)
	}
	shape := []int64{int64(len(first))}
	if byAxis {
		shape = slices.Clone(x.Shape())
		shape[axis] = int64(len(first))
	}
	to := lines{l.outer, len(first), l.inner}
	return e.moved(x, shape, func(i int) int { return l.at(to.of(i), first[i/l.inner%len(first)]) })
}

// byAppearance orders the kinds by the place where each is met first.
func byAppearance(first, kind, many []int) ([]int, []int, []int) {
	rank := make([]int, len(first))
	for i := range rank {
		rank[i] = i
	}
	slices.SortFunc(rank, func(a, b int) int { return cmp.Compare(first[a], first[b]) })
	where, firsts, counts := make([]int, len(rank)), make([]int, len(rank)), make([]int, len(rank))
	for to, from := range rank {
		where[from], firsts[to], counts[to] = to, first[from], many[from]
	}
	for i, k := range kind {
		kind[i] = where[k]
	}
	return firsts, kind, counts
}

// indices is a list of int64.
func indices(list []int) (*tensor.Tensor, bool) {
	out := make([]int64, len(list))
	for i, v := range list {
		out[i] = int64(v)
	}
	return integers(tensor.Int64, []int64{int64(len(out))}, out)
}

// suppressed computes NonMaxSuppression: of each class of each image the boxes of the highest scores, but
// none that overlaps one of them by more than the threshold. It is not computed where two scores are equal, or an overlap is within
// 2⁻¹⁶ of the threshold: sides, areas and the quotient are rounded some twenty times, each by 2⁻²⁴.
func (e evaluation) suppressed() (*tensor.Tensor, bool) {
	boxes, ok := e.numbersOf(0)
	scores, ok1 := e.numbersOf(1)
	most, ok2 := e.integersOf(2)
	if !ok || !ok1 || !ok2 || len(most) != 1 || e.in[0].Computed() || e.in[1].Computed() || e.in[0].Rank() != 3 || e.in[1].Rank() != 3 {
		return nil, false
	}
	count, classes := int(e.in[0].Shape()[1]), int(e.in[1].Shape()[1])
	if e.in[0].Shape()[2] != 4 || e.in[1].Shape()[0] != e.in[0].Shape()[0] || int(e.in[1].Shape()[2]) != count || 24*len(scores) > e.limit {
		return nil, false
	}
	if e.Flag("center_point_box") {
		if boxes, ok = corners(boxes); !ok {
			return nil, false
		}
	}
	limits := [2]float64{0, math.Inf(-1)}
	for i := range limits {
		if t, given := e.operand(3 + i); given {
			if t.Len() != 1 || t.Computed() {
				return nil, false
			}
			limits[i] = t.Float64s()[0]
		}
	}
	var out []int64
	for row := range int(e.in[0].Shape()[0]) * classes {
		image := row / classes
		kept, ok := e.keptBoxes(boxes[image*count*4:(image+1)*count*4], scores[row*count:(row+1)*count], most[0], limits)
		if !ok {
			return nil, false
		}
		for _, k := range kept {
			out = append(out, int64(image), int64(row%classes), int64(k))
		}
	}
	return integers(tensor.Int64, []int64{int64(len(out) / 3), 3}, out)
}

// keptBoxes are up to so many boxes of one class, the highest score first; the limits are of the overlap and of the score.
func (e evaluation) keptBoxes(boxes, scores []float64, most int64, limits [2]float64) (kept []int, ok bool) {
	var open []int
	for k, score := range scores {
		if score > limits[1] {
			open = append(open, k)
		}
	}
	slices.SortFunc(open, func(i, j int) int {
		c := cmp.Compare(scores[j], scores[i])
		*e.doubt = *e.doubt || c == 0 && i != j
		return c
	})
	for _, k := range open {
		if int64(len(kept)) >= most {
			break
		}
		if !e.spend(16 * len(kept)) {
			return nil, false
		}
		free := true
		for _, other := range kept {
			overlap := shared(boxes[k*4:], boxes[other*4:])
			*e.doubt = *e.doubt || math.Abs(overlap-limits[0]) < 0x1p-16 && overlap > 0
			free = free && overlap <= limits[0]
		}
		if free {
			kept = append(kept, k)
		}
	}
	return kept, true
}

// corners are the two of each box that is given by its centre and by how wide and high it is. False where float32 does not hold one:
// far from the origin its rounding is a large part of a small box. Nor do runtimes agree on a box of a negative size.
func corners(boxes []float64) ([]float64, bool) {
	out := make([]float64, len(boxes))
	for i := range len(boxes) / 4 {
		for k := range 2 {
			centre, half := boxes[4*i+k], boxes[4*i+2+k]/2
			low, high := centre-half, centre+half
			if half < 0 || low != float64(float32(low)) || high != float64(float32(high)) {
				return nil, false
			}
			out[4*i+k], out[4*i+2+k] = low, high
		}
	}
	return out, true
}

// shared is the area that two boxes have in common, over the area of both. Each is given by two corners.
func shared(a, b []float64) float64 {
	common, areas := 1.0, [2]float64{1, 1}
	for i := range 2 {
		low := max(min(a[i], a[i+2]), min(b[i], b[i+2]))
		high := min(max(a[i], a[i+2]), max(b[i], b[i+2]))
		common = float64(common * max(high-low, 0))
		areas[0] = float64(areas[0] * math.Abs(a[i]-a[i+2]))
		areas[1] = float64(areas[1] * math.Abs(b[i]-b[i+2]))
	}
	if common <= 0 {
		return 0
	}
	return common / (areas[0] + areas[1] - common)
}
