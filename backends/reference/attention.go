package reference

import (
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// attention is softmax(Q·Kᵀ·scale + bias)·V for each head. Heads of Q that are more share those of K and V. The
// other results are K and V with what came before them, and the scores.
func attention(c *call) ([]*array, error) {
	a, err := c.attend()
	if err != nil {
		return nil, err
	}
	y, err := c.make(a.q.typ, a.batch, a.heads, a.queries, a.v.shape[3])
	if err != nil {
		return nil, err
	}
	var scores []float64
	out := []*array{y, a.k, a.v}
	if c.outs > 3 {
		s, err := c.make(a.q.typ, a.batch, a.heads, a.queries, a.keys)
		if err != nil {
			return nil, err
		}
		scores, out = s.f, append(out, s)
	}
	if y.len() > 0 || len(scores) > 0 {
		parallel(a.batch*a.heads, 1, func(lo, hi int) {
			for p := lo; p < hi; p++ {
				a.head(p/a.heads, p%a.heads, y.f, scores)
			}
		})
	}
	if c.in[0].rank() == 3 {
		out[0] = transposed(y, []int{0, 2, 1, 3}).reshaped([]int{a.batch, a.queries, a.heads * a.v.shape[3]})
	}
	return out, nil
}

// attending is an Attention, read and checked. Q, K and V have the axes batch, head, position and channel.
type attending struct {
	q, k, v                     *array
	batch, heads, queries, keys int
	scale, softcap              float64
	mode                        int64   // which scores are a result
	mask                        *array  // added to the scores; nil for none
	maskSteps                   []int   // how far one more batch, head, query and key is in it
	causal                      bool    // whether a query sees no key behind it
	before, after               int64   // how many keys it sees before and behind it, -1 for all
	offset                      []int64 // by batch, the place of the first query among the keys
	length                      []int64 // by batch, how many keys there are; nil for all
}

// attend reads the node.
func (c *call) attend() (*attending, error) {
	for k, x := range c.in {
		if x != nil && x.kind() != floats && !(k == 3 && x.typ == tensor.Bool) && !(k == 6 && x.kind() == integers) {
			return nil, fmt.Errorf("input %d is %s, which its operator does not take", k, x.typ)
		}
	}
	a := &attending{mode: c.int("qk_matmul_output_mode", 0), softcap: c.float("softcap", 0), causal: c.int("is_causal", 0) != 0}
	a.before, a.after = c.int("left_window_size", -1), c.int("right_window_size", -1)
	var err error
	for k, to := range []**array{&a.q, &a.k, &a.v} {
		heads := c.int("kv_num_heads", 0)
		if k == 0 {
			heads = c.int("q_num_heads", 0)
		}
		if *to, err = headsFirst(c.in[k], heads); err != nil {
			return nil, fmt.Errorf("input %d: %w", k, err)
		}
	}
	past := 0
	if c.input(4) != nil && c.input(5) != nil {
		if a.k, err = c.afterPast(c.in[4], a.k); err != nil {
			return nil, err
		}
		if a.v, err = c.afterPast(c.in[5], a.v); err != nil {
			return nil, err
		}
		past = c.in[4].shape[2]
	}
	a.batch, a.heads, a.queries, a.keys = a.q.shape[0], a.q.shape[1], a.q.shape[2], a.k.shape[2]
	if a.k.shape[0] != a.batch || a.k.shape[3] != a.q.shape[3] || a.k.shape[1] == 0 || a.heads%a.k.shape[1] != 0 || !slices.Equal(a.k.shape[:3], a.v.shape[:3]) {
		return nil, fmt.Errorf("queries %v, keys %v and values %v do not fit each other", a.q.shape, a.k.shape, a.v.shape)
	}
	if a.scale = c.float("scale", 0); !c.has("scale") {
		a.scale = 1 / math.Sqrt(float64(a.q.shape[3]))
	}
	a.offset = slices.Repeat([]int64{int64(past)}, a.batch)
	if n := c.input(6); n != nil {
		if n.rank() != 1 || n.len() != a.batch {
			return nil, fmt.Errorf("nonpad_kv_seqlen is of shape %v, and the batch is %d", n.shape, a.batch)
		}
		a.length = n.i
		for b := range a.offset {
			if c.input(4) == nil {
				a.offset[b] = n.i[b] - int64(a.queries)
			}
		}
	}
	return a, c.maskOf(a)
}

// headsFirst gives an input the axes batch, head, position and channel. One of three axes has all heads in the
// last.
func headsFirst(x *array, heads int64) (*array, error) {
	switch {
	case x.rank() == 4:
		return x, nil
	case x.rank() != 3 || heads < 1 || heads > int64(x.shape[2]) || x.shape[2]%int(heads) != 0:
		return nil, fmt.Errorf("shape %v does not fit %d heads", x.shape, heads)
	}
	n := int(heads)
	return transposed(x.reshaped([]int{x.shape[0], x.shape[1], n, x.shape[2] / n}), []int{0, 2, 1, 3}), nil
}

// afterPast appends positions to those that came before.
func (c *call) afterPast(past, x *array) (*array, error) {
	if past.rank() != 4 || !slices.Equal(past.shape[:2], x.shape[:2]) || past.shape[3] != x.shape[3] {
		return nil, fmt.Errorf("what came before is of shape %v, and what follows of %v", past.shape, x.shape)
	}
	shape := slices.Clone(x.shape)
	shape[2] += past.shape[2]
	y, err := c.make(x.typ, shape...)
	if err != nil || y.len() == 0 {
		return y, err
	}
	first, second := past.shape[2]*past.shape[3], x.shape[2]*x.shape[3]
	for p := range shape[0] * shape[1] {
		copy(y.f[p*(first+second):], past.f[p*first:(p+1)*first])
		copy(y.f[p*(first+second)+first:], x.f[p*second:(p+1)*second])
	}
	return y, nil
}

// maskOf reads the mask: numbers to add, or which keys are seen. Keys behind its end are not.
func (c *call) maskOf(a *attending) error {
	mask := c.input(3)
	if mask == nil {
		return nil
	}
	shape := []int{a.batch, a.heads, a.queries, a.keys}
	if mask.rank() > 0 && mask.shape[mask.rank()-1] < a.keys {
		shape[3] = mask.shape[mask.rank()-1]
	}
	if whole, err := broadcast(mask.shape, shape); err != nil || !slices.Equal(whole, shape) {
		return fmt.Errorf("a mask of shape %v does not fit scores of shape %v", mask.shape, shape)
	}
	a.maskSteps = spread(mask.shape, shape)
	a.mask = &array{typ: a.q.typ, shape: shape, f: mask.f}
	if mask.typ == tensor.Bool {
		a.mask.f = make([]float64, len(mask.i))
		for k, seen := range mask.i {
			if seen == 0 {
				a.mask.f[k] = math.Inf(-1)
			}
		}
	}
	return nil
}

// bias is what is added to a score: minus infinity for a key that the query does not see.
func (a *attending) bias(batch, head, query, key int) float64 {
	off := int64(query) + a.offset[batch] - int64(key) // how far the query is behind the key
	unseen := a.causal && off < 0 || a.before >= 0 && off > a.before || a.after >= 0 && -off > a.after ||
		a.length != nil && int64(key) >= a.length[batch] || a.mask != nil && key >= a.mask.shape[3]
	switch {
	case unseen:
		return math.Inf(-1)
	case a.mask == nil:
		return 0
	}
	s := a.maskSteps
	return a.mask.f[batch*s[0]+head*s[1]+query*s[2]+key*s[3]]
}

// head computes one head of one element of the batch. A query that sees no key gives zeros.
func (a *attending) head(batch, head int, y, scores []float64) {
	share := batch*a.k.shape[1] + head/(a.heads/a.k.shape[1])
	channels, width := a.q.shape[3], a.v.shape[3]
	row, bias := make([]float64, a.keys), make([]float64, a.keys)
	for query := range a.queries {
		at := (batch*a.heads+head)*a.queries + query
		for key := range row {
			bias[key] = a.bias(batch, head, query, key)
			row[key] = 0
			for ch, v := range a.q.f[at*channels : (at+1)*channels] {
				row[key] += v * a.k.f[(share*a.keys+key)*channels+ch]
			}
			if row[key] *= a.scale; a.softcap > 0 {
				row[key] = a.softcap * math.Tanh(row[key]/a.softcap)
			}
		}
		keep := func(mode int64) {
			if scores != nil && (mode == a.mode || mode == 0 && a.mode == 1) {
				copy(scores[at*a.keys:], row)
			}
		}
		keep(0)
		for key, b := range bias {
			row[key] += b
		}
		keep(2)
		if len(row) > 0 && !math.IsInf(slices.Max(bias), -1) {
			softmaxRow(row, slices.Clone(row))
		} else {
			clear(row)
		}
		keep(3)
		for key, p := range row {
			for k, v := range a.v.f[(share*a.keys+key)*width : (share*a.keys+key+1)*width] {
				y[at*width+k] += p * v
			}
		}
	}
}
