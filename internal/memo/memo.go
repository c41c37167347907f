// Package memo is an executor that remembers what it computed, for models that differ in one place and are compared again and again.
package memo

import (
	"container/list"
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// Memo remembers what nodes computed. A model that was changed in one place computes mostly what was computed before: the same operator
// with the same attributes, from the same numbers. What is remembered is what the executor gave, bit for bit. Numbers are told apart by a
// hash of 64 bits.
type Memo struct {
	seed    maphash.Seed
	entries map[uint64]*list.Element
	recent  *list.List // of *remembered, the latest first
	known   map[*tensor.Tensor]uint64
	made    map[*tensor.Tensor]uint64 // by [remembering.Made], until they are set
	bytes   int
	most    int // bytes
}

// remembered is the results of a node.
type remembered struct {
	key     uint64
	results []held
	bytes   int
}

// held is what a value holds.
type held struct {
	tensor *tensor.Tensor
	elem   tensor.Type
	id     uint64 // of its numbers
	inside bool   // the executor has it too
	recipe bool   // to be computed once, and not again at each reading
	given  bool   // by a caller, not computed
}

// New is a memo of at most so many bytes of results.
func New(most int) *Memo {
	return &Memo{seed: maphash.MakeSeed(), entries: map[uint64]*list.Element{}, recent: list.New(), known: map[*tensor.Tensor]uint64{}, made: map[*tensor.Tensor]uint64{}, most: most}
}

// Open makes an executor remember.
func (m *Memo) Open(open func(*graph.Model) (verify.Exact, error)) func(*graph.Model) (verify.Exact, error) {
	return func(g *graph.Model) (verify.Exact, error) {
		inner, err := open(g)
		if err != nil {
			return nil, err
		}
		return &remembering{inner: inner, memo: m, model: g, nodes: map[*graph.Node]uint64{}, constants: map[*graph.Value]uint64{}}, nil
	}
}

func (m *Memo) find(key uint64) *remembered {
	e := m.entries[key]
	if e == nil {
		return nil
	}
	m.recent.MoveToFront(e)
	return e.Value.(*remembered)
}

func (m *Memo) keep(r *remembered) {
	m.entries[r.key] = m.recent.PushFront(r)
	m.bytes += r.bytes
	for _, h := range r.results {
		if h.tensor != nil {
			m.known[h.tensor] = h.id
		}
	}
	for m.bytes > m.most {
		last := m.recent.Remove(m.recent.Back()).(*remembered)
		delete(m.entries, last.key)
		m.bytes -= last.bytes
		for _, h := range last.results {
			delete(m.known, h.tensor)
		}
	}
}

// idOf tells tensors of different numbers, shapes or types apart.
func (m *Memo) idOf(t *tensor.Tensor, elem tensor.Type) uint64 {
	if id, ok := m.known[t]; ok {
		return id
	}
	var h maphash.Hash
	h.SetSeed(m.seed)
	number := func(v uint64) { _, _ = h.Write(binary.LittleEndian.AppendUint64(nil, v)) }
	number(uint64(t.Type()))
	number(uint64(elem))
	for _, d := range t.Shape() {
		number(uint64(d))
	}
	if t.Type() == tensor.String {
		_, _ = fmt.Fprintf(&h, "%q", t.Strings())
		return h.Sum64()
	}
	if !t.Computed() {
		if raw, err := t.Bytes(); err == nil {
			_, _ = h.Write(raw)
			return h.Sum64()
		}
	}
	number(0) // what is computed is not rounded
	buffer := make([]byte, 0, 8*t.Len())
	for _, v := range t.Numbers() {
		buffer = binary.LittleEndian.AppendUint64(buffer, math.Float64bits(v))
	}
	_, _ = h.Write(buffer)
	return h.Sum64()
}

// remembering is an executor with a memory.
type remembering struct {
	inner     verify.Exact
	memo      *Memo
	model     *graph.Model
	nodes     map[*graph.Node]uint64 // what each is, its inputs apart
	constants map[*graph.Value]uint64
}

// Close implements [verify.Exact].
func (e *remembering) Close() error { return e.inner.Close() }

// RunFloat64 implements [verify.Exact].
func (e *remembering) RunFloat64(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	run := e.Evaluate()
	for _, v := range e.model.Graph.Inputs() {
		t := in[v.Name()]
		if t == nil && v.IsInitializer() {
			continue
		}
		if t == nil {
			return nil, fmt.Errorf("input %q is missing", v.Name())
		}
		elem := v.Type().Elem
		if !elem.IsFloat() {
			elem = t.Type()
		}
		if err := run.Set(v, t, elem); err != nil {
			return nil, err
		}
	}
	for n := range e.model.Graph.Nodes() {
		if err := run.Compute(ctx, n); err != nil {
			return nil, err
		}
	}
	out := tensor.Map{}
	for _, v := range e.model.Graph.Outputs() {
		t, _, err := run.Value(v)
		if err != nil {
			return nil, err
		}
		out[v.Name()] = t
	}
	return out, nil
}

// Evaluate implements [verify.Exact].
func (e *remembering) Evaluate() verify.Evaluation {
	return &recall{remembering: e, run: e.inner.Evaluate(), values: map[*graph.Value]*held{}}
}

// recall is an evaluation that looks up before it computes.
type recall struct {
	*remembering
	run    verify.Evaluation
	values map[*graph.Value]*held
	watch  func(v *graph.Value, shape []int, elem tensor.Type)
}

// Made tells that a tensor holds what some way makes of another one, so that it is known by these and need not be computed to be told apart.
// It is so until the tensor is set.
func (e *remembering) Made(t, from *tensor.Tensor, how uint64) {
	var h maphash.Hash
	h.SetSeed(e.memo.seed)
	_, _ = h.Write(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64([]byte("made"), e.memo.idOf(from, from.Type())), how))
	e.memo.made[t] = h.Sum64()
}

// Set implements [verify.Evaluation].
func (r *recall) Set(v *graph.Value, t *tensor.Tensor, elem tensor.Type) error {
	if id, ok := r.memo.made[t]; ok {
		delete(r.memo.made, t)
		r.values[v] = &held{tensor: t, elem: elem, id: id ^ uint64(elem)*0x9e3779b97f4a7c15, given: true, recipe: true}
		return nil
	}
	if _, known := r.memo.known[t]; !known && t.Computed() {
		t = t.Settled(math.MaxInt) // a recipe is computed once, and not again at each reading
	}
	r.values[v] = &held{tensor: t, elem: elem, id: r.memo.idOf(t, elem), given: true}
	return nil
}

// Forget implements [verify.Evaluation].
func (r *recall) Forget(v *graph.Value) {
	delete(r.values, v)
	r.run.Forget(v)
}

// Watch implements [verify.Evaluation].
func (r *recall) Watch(watch func(v *graph.Value, shape []int, elem tensor.Type)) {
	r.watch = watch
	r.run.Watch(watch)
}

// Value implements [verify.Evaluation].
func (r *recall) Value(v *graph.Value) (*tensor.Tensor, tensor.Type, error) {
	h := r.values[v]
	if h != nil && !h.given {
		return h.tensor, h.elem, nil
	}
	if err := r.hand(v); err != nil {
		return nil, tensor.Undefined, err
	}
	return r.run.Value(v)
}

// hand gives the executor a value that it has not got.
func (r *recall) hand(v *graph.Value) error {
	h := r.values[v]
	if h == nil || h.inside {
		return nil
	}
	if h.recipe {
		h.tensor, h.recipe = h.tensor.Settled(math.MaxInt), false
	}
	h.inside = true
	return r.run.Set(v, h.tensor, h.elem)
}

// Compute implements [verify.Evaluation].
func (r *recall) Compute(ctx context.Context, n *graph.Node) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key, ok := r.keyOf(n)
	if !ok {
		return r.directly(ctx, n)
	}
	if seen := r.memo.find(key); seen != nil {
		for k, h := range seen.results {
			if v := n.Output(k); v != nil {
				r.run.Forget(v)
				r.values[v] = &held{tensor: h.tensor, elem: h.elem, id: h.id}
				r.tell(v, h)
			}
		}
		return nil
	}
	for _, v := range n.Inputs() {
		if err := r.hand(v); err != nil {
			return err
		}
	}
	if err := r.run.Compute(ctx, n); err != nil {
		return err
	}
	made := &remembered{key: key, results: make([]held, n.NumOutputs())}
	for k := range made.results {
		v := n.Output(k)
		if v == nil {
			continue
		}
		t, elem, err := r.run.Value(v)
		if err != nil {
			return err
		}
		made.results[k] = held{tensor: t, elem: elem, id: key + uint64(k)*0x9e3779b97f4a7c15 + 1, inside: true}
		made.bytes += 8 * t.Len()
		h := made.results[k]
		r.values[v] = &h
	}
	r.memo.keep(made)
	return nil
}

// directly runs a node that is not remembered: what it reads may be anything around the graphs in it.
func (r *recall) directly(ctx context.Context, n *graph.Node) error {
	for v := range r.values {
		if err := r.hand(v); err != nil {
			return err
		}
	}
	for k := range n.NumOutputs() {
		if v := n.Output(k); v != nil {
			delete(r.values, v)
		}
	}
	if err := r.run.Compute(ctx, n); err != nil {
		return err
	}
	for k := range n.NumOutputs() {
		v := n.Output(k)
		if v == nil {
			continue
		}
		t, elem, err := r.run.Value(v)
		if err != nil {
			return err
		}
		r.values[v] = &held{tensor: t, elem: elem, id: r.memo.idOf(t, elem), inside: true}
	}
	return nil
}

// tell tells who watches of a value.
func (r *recall) tell(v *graph.Value, h held) {
	if r.watch == nil {
		return
	}
	shape := make([]int, h.tensor.Rank())
	for k, d := range h.tensor.Shape() {
		shape[k] = int(d)
	}
	r.watch(v, shape, h.elem)
}

// keyOf tells computations apart; false for a node with graphs in it, or with an input that is not known.
func (r *recall) keyOf(n *graph.Node) (uint64, bool) {
	for range n.Subgraphs() {
		return 0, false
	}
	if n.Callee() != nil {
		return 0, false
	}
	var h maphash.Hash
	h.SetSeed(r.memo.seed)
	number := func(v uint64) { _, _ = h.Write(binary.LittleEndian.AppendUint64(nil, v)) }
	number(r.nodeID(n))
	for _, v := range n.Inputs() {
		switch held := r.values[v]; {
		case v == nil:
			number(0)
		case held != nil:
			number(held.id)
		case v.Constant() != nil:
			number(r.constantID(v))
		default:
			return 0, false
		}
	}
	return h.Sum64(), true
}

func (e *remembering) constantID(v *graph.Value) uint64 {
	id, ok := e.constants[v]
	if !ok {
		id = e.memo.idOf(v.Constant(), v.Constant().Type())
		e.constants[v] = id
	}
	return id
}

// nodeID is what a node is, its inputs apart.
func (e *remembering) nodeID(n *graph.Node) uint64 {
	id, ok := e.nodes[n]
	if ok {
		return id
	}
	var h maphash.Hash
	h.SetSeed(e.memo.seed)
	_, _ = fmt.Fprintf(&h, "%q %q %q %d %d:", n.Domain, n.OpType, n.Overload, e.model.Opset(n.Domain), n.NumInputs())
	for k := range n.NumOutputs() {
		_, _ = fmt.Fprintf(&h, "%t ", n.Output(k) != nil)
	}
	for _, a := range n.Attrs() {
		_, _ = fmt.Fprintf(&h, "%q %d %v %d %q %v %v %q %q;", a.Name, a.Kind, a.Float, a.Int, a.String, a.Floats, a.Ints, a.Strings, a.Ref)
		for _, t := range append([]*tensor.Tensor{a.Tensor}, a.Tensors...) {
			if t != nil {
				_, _ = fmt.Fprintf(&h, "%d ", e.memo.idOf(t, t.Type()))
			}
		}
	}
	e.nodes[n] = h.Sum64()
	return e.nodes[n]
}
