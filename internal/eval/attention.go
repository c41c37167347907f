package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// heads are numbers with the axes batch, head, position and channel.
type heads struct {
	values                           []float64
	batch, count, positions, channel int
}

func (h heads) shape() []int64 {
	return []int64{int64(h.batch), int64(h.count), int64(h.positions), int64(h.channel)}
}

// at is the numbers of a position of a head.
func (h heads) at(batch, head, position int) []float64 {
	first := ((batch*h.count+head)*h.positions + position) * h.channel
	return h.values[first : first+h.channel]
}

// headsOf reads an operand of Attention. One of three axes has all heads in the last; the attribute says how many.
func (e evaluation) headsOf(i int, attribute string) (heads, bool) {
	values, ok := e.numbersOf(i)
	if !ok {
		return heads{}, false
	}
	shape := e.in[i].Shape()
	if len(shape) == 4 {
		return heads{values, int(shape[0]), int(shape[1]), int(shape[2]), int(shape[3])}, true
	}
	count := e.Int(attribute)
	if len(shape) != 3 || count < 1 || shape[2]%count != 0 {
		return heads{}, false
	}
	h := heads{make([]float64, len(values)), int(shape[0]), int(count), int(shape[1]), int(shape[2] / count)}
	for k := range len(values) / max(1, h.channel) { // in the order of the operand: batch, position, head
		head, position := k%h.count, k/h.count%h.positions
		copy(h.at(k/(h.count*h.positions), head, position), values[k*h.channel:])
	}
	return h, true
}

// after is what came before, then h.
func (h heads) after(past heads) (heads, bool) {
	if past.batch != h.batch || past.count != h.count || past.channel != h.channel {
		return heads{}, false
	}
	all := heads{nil, h.batch, h.count, past.positions + h.positions, h.channel}
	first, second := past.positions*h.channel, h.positions*h.channel
	for k := range h.batch * h.count {
		all.values = append(append(all.values, past.values[k*first:(k+1)*first]...), h.values[k*second:(k+1)*second]...)
	}
	return all, true
}

// attending is an Attention that was read.
type attending struct {
	q, k, v heads
	past    int
}

// attended reads the operands of Attention.
func (e evaluation) attended() (a attending, ok bool) {
	var q, k, v bool
	a.q, q = e.headsOf(0, "q_num_heads")
	a.k, k = e.headsOf(1, "kv_num_heads")
	a.v, v = e.headsOf(2, "kv_num_heads")
	if !q || !k || !v {
		return a, false
	}
	for to, i := range map[*heads]int{&a.k: 4, &a.v: 5} {
		t, given := e.operand(i)
		if !given {
			continue
		}
		if t.Rank() != 4 || !e.spend(4*to.batch*to.count*to.positions) {
			return a, false
		}
		past, read := e.headsOf(i, "")
		if *to, ok = to.after(past); !read || !ok {
			return a, false
		}
		a.past = past.positions
	}
	return a, a.q.batch > 0 && a.k.batch == a.q.batch && a.v.batch == a.q.batch && a.k.channel == a.q.channel && a.k.count == a.v.count &&
		a.k.positions == a.v.positions && a.k.count > 0 && a.q.count%a.k.count == 0 && a.k.positions > 0
}

// attention computes the results of Attention: softmax(scale·Q·Kᵀ + mask)·V, the keys and the values with what came before them, and
// the scores.
func (e evaluation) attention() (*tensor.Tensor, bool) {
	a, ok := e.attended()
	if !ok {
		return nil, false
	}
	rows := a.q.batch * a.q.count * a.q.positions
	work, err := tensor.Count([]int64{int64(rows), int64(a.k.positions), int64(a.q.channel + a.v.channel + 16)})
	if err != nil || !e.spend(work) || e.elem.ByteSize(rows*max(a.v.channel, a.k.positions)) > e.limit || e.elem.ByteSize(max(len(a.k.values), len(a.v.values))) > e.limit {
		return nil, false
	}
	switch e.out {
	case 1:
		return floats(e.elem, a.k.shape(), a.k.values)
	case 2:
		return floats(e.elem, a.v.shape(), a.v.values)
	}
	see, ok := e.seen(a)
	if !ok {
		return nil, false
	}
	y := heads{make([]float64, rows*a.v.channel), a.q.batch, a.q.count, a.q.positions, a.v.channel}
	kept := make([]float64, 0, rows*a.k.positions)
	for row := range rows {
		batch, head, query := row/(a.q.count*a.q.positions), row/a.q.positions%a.q.count, row%a.q.positions
		scores, found, ok := e.scores(a, see, batch, head, query)
		if !ok {
			return nil, false
		}
		kept = append(kept, found...)
		for key, p := range scores {
			for c, v := range a.v.at(batch, head/(a.q.count/a.v.count), key) {
				y.at(batch, head, query)[c] += float64(p * v)
			}
		}
	}
	if e.out == 3 {
		return floats(e.elem, []int64{int64(a.q.batch), int64(a.q.count), int64(a.q.positions), int64(a.k.positions)}, kept)
	}
	if e.in[0].Rank() == 4 {
		return floats(e.elem, y.shape(), y.values)
	}
	flat := make([]float64, 0, len(y.values))
	for k := range rows { // in the order of the result: batch, position, head
		head, position := k%y.count, k/y.count%y.positions
		flat = append(flat, y.at(k/(y.count*y.positions), head, position)...)
	}
	return floats(e.elem, []int64{int64(y.batch), int64(y.positions), int64(y.count * y.channel)}, flat)
}

// scores are the shares of the keys in what a query gets, and what the node hands out of how they came about. Runtimes do not agree on a
// query that sees no key.
func (e evaluation) scores(a attending, see func(batch, head, query, key int) float64, batch, head, query int) (shares, found []float64, ok bool) {
	scale := 1 / math.Sqrt(float64(a.q.channel))
	if e.Has("scale") {
		scale = e.Float("scale")
	}
	top, mode := e.Float("softcap"), e.Int("qk_matmul_output_mode")
	shares = make([]float64, a.k.positions)
	for key := range shares {
		sum := 0.0
		for c, v := range a.k.at(batch, head/(a.q.count/a.k.count), key) {
			sum += float64(a.q.at(batch, head, query)[c] * v)
		}
		if shares[key] = float64(sum * scale); top > 0 {
			shares[key] = float64(top * tanh(shares[key]/top))
		}
	}
	if mode < 2 {
		found = slices.Clone(shares)
	}
	for key := range shares {
		shares[key] += see(batch, head, query, key)
	}
	if math.IsInf(slices.Max(shares), -1) {
		return nil, nil, false
	}
	if mode == 2 {
		found = slices.Clone(shares)
	}
	if softmaxRow(shares, 1, len(shares), false); mode == 3 {
		found = slices.Clone(shares)
	}
	return shares, found, len(found) > 0
}

// seen is what is added to the score of a key: a number, or minus infinity where a query does not see it.
func (e evaluation) seen(a attending) (func(batch, head, query, key int) float64, bool) {
	mask, ok := e.mask([]int64{int64(a.q.batch), int64(a.q.count), int64(a.q.positions), int64(a.k.positions)})
	if !ok {
		return nil, false
	}
	before, after := e.window("left_window_size"), e.window("right_window_size")
	if e.Flag("is_causal") {
		after = 0
	}
	length := func(int) int { return a.k.positions }
	offset := func(int) int { return a.past }
	if t, given := e.operand(6); given {
		lengths, ok := t.Int64s()
		if !ok || t.Rank() != 1 || len(lengths) != a.q.batch || slices.Min(lengths) < 0 || slices.Max(lengths) > int64(a.k.positions) {
			return nil, false
		}
		length = func(batch int) int { return int(lengths[batch]) }
		if _, given := e.operand(4); !given {
			offset = func(batch int) int { return int(lengths[batch]) - a.q.positions }
		}
	}
	return func(batch, head, query, key int) float64 {
		behind := query + offset(batch) - key // how far the query is behind the key
		if behind > before || -behind > after || key >= length(batch) {
			return math.Inf(-1)
		}
		return mask((batch*a.q.count+head)*a.q.positions+query, key)
	}, true
}

// window is how many keys a query sees on one side of it.
func (e evaluation) window(attribute string) int {
	if e.Has(attribute) && e.Int(attribute) >= 0 {
		return int(min(e.Int(attribute), math.MaxInt32))
	}
	return math.MaxInt
}

// mask is what the mask adds to the score of a key.
func (e evaluation) mask(shape []int64) (func(i, key int) float64, bool) {
	m, given := e.operand(3)
	if !given {
		return func(int, int) float64 { return 0 }, true
	}
	if whole, ok := op.Broadcast(m.Shape(), shape); !ok || !slices.Equal(whole, shape) || m.Rank() == 0 || m.Shape()[m.Rank()-1] != shape[3] {
		return nil, false // a shorter one hides the keys behind its end, and whether one of a single number does is not said
	}
	at, keys := strided(m.Shape(), shape), int(shape[3])
	if m.Type() == tensor.Bool {
		seen, ok := m.Int64s()
		return func(i, key int) float64 {
			if seen[at(i*keys+key)] == 0 {
				return math.Inf(-1)
			}
			return 0
		}, ok
	}
	values := m.Float64s()
	return func(i, key int) float64 { return values[at(i*keys+key)] }, m.Type().IsFloat()
}
