package reference

// recurrent makes RNN, GRU and LSTM: a cell walks along the sequence, in one direction or in both, and keeps a
// state of hidden elements. Its weights have a block of rows for each gate.
func recurrent(gates int, cell cell) operator {
	return func(c *call) ([]*array, error) {
		n, err := c.recurrence(gates)
		if err != nil {
			return nil, err
		}
		y, err := c.make(n.typ, n.steps, len(n.units), n.batch, n.hidden)
		if err != nil {
			return nil, err
		}
		if y.len() > 0 {
			parallel(len(n.units)*n.batch, 1, func(lo, hi int) {
				for p := lo; p < hi; p++ {
					n.run(cell, p/n.batch, p%n.batch, y.f)
				}
			})
		}
		out := []*array{y, n.h, n.c}
		if n.batchFirst {
			out = []*array{transposed(y, []int{2, 0, 1, 3}), transposed(n.h, []int{1, 0, 2}), transposed(n.c, []int{1, 0, 2})}
		}
		return out, nil
	}
}

// run walks one sequence in one direction. Behind its end the outputs stay zero.
func (n *recurrence) run(cell cell, direction, sequence int, y []float64) {
	u := &n.units[direction]
	at := (direction*n.batch + sequence) * n.hidden
	s := state{h: n.h.f[at : at+n.hidden], c: n.c.f[at : at+n.hidden], gates: make([]float64, len(u.wb)), hidden: make([]float64, len(u.wb))}
	length := n.lengths[sequence]
	for k := range length {
		t := k
		if u.backward {
			t = length - 1 - k
		}
		from := (t*n.batch + sequence) * n.inputs
		cell(u, &s, n.x.f[from:from+n.inputs])
		copy(y[((t*len(n.units)+direction)*n.batch+sequence)*n.hidden:], s.h)
	}
	if length == 0 {
		clear(s.h)
		clear(s.c)
	}
}

// unit is one direction of a recurrent operator.
type unit struct {
	backward bool
	size     int       // of the state
	w, r     []float64 // a row of the inputs, and of the state, for each element of each gate
	wb, rb   []float64 // bias for each row
	peep     []float64 // three blocks of size: what the input, the output and the forget gate see of the cell
	act      []func(float64) float64
	clip     float64
	flag     bool // input_forget of LSTM, linear_before_reset of GRU
}

// state is what a cell keeps, with room for the gates.
type state struct{ h, c, gates, hidden []float64 }

// cell takes in one element of a sequence.
type cell func(u *unit, s *state, x []float64)

// activate applies one of the functions of the cell, to a number that is clipped before.
func (u *unit) activate(k int, v float64) float64 {
	return u.act[k](max(-u.clip, min(u.clip, v)))
}

// affine writes m·x + b.
func affine(y, m, x, b []float64) {
	for k := range y {
		sum := b[k]
		for i, v := range x {
			sum += m[k*len(x)+i] * v
		}
		y[k] = sum
	}
}

// rnnCell is h = f(W·x + R·h + b).
func rnnCell(u *unit, s *state, x []float64) {
	affine(s.gates, u.w, x, u.wb)
	affine(s.hidden, u.r, s.h, u.rb)
	for k := range s.h {
		s.h[k] = u.activate(0, s.gates[k]+s.hidden[k])
	}
}

// gruCell has the gates z, r and h. The reset gate r scales the state before it is multiplied with the weights, or
// with linear_before_reset after.
func gruCell(u *unit, s *state, x []float64) {
	n := u.size
	affine(s.gates, u.w, x, u.wb)
	affine(s.hidden[:2*n], u.r, s.h, u.rb)
	for k := range 2 * n {
		s.gates[k] = u.activate(0, s.gates[k]+s.hidden[k])
	}
	z, r, h := s.gates[:n], s.gates[n:2*n], s.gates[2*n:]
	from := s.h
	if !u.flag {
		from = s.hidden[:n]
		for k := range from {
			from[k] = r[k] * s.h[k]
		}
	}
	last := s.hidden[2*n:]
	affine(last, u.r[2*n*n:], from, u.rb[2*n:])
	for k := range s.h {
		if u.flag {
			last[k] *= r[k]
		}
		s.h[k] = (1-z[k])*u.activate(1, h[k]+last[k]) + z[k]*s.h[k]
	}
}

// lstmCell has the gates i, o, f and c, and beside the state h the cell c. As in ONNX Runtime the cell is not clipped
// before it goes into the state.
func lstmCell(u *unit, s *state, x []float64) {
	n := u.size
	affine(s.gates, u.w, x, u.wb)
	affine(s.hidden, u.r, s.h, u.rb)
	for k := range s.gates {
		s.gates[k] += s.hidden[k]
	}
	for k, cell := range s.c {
		in := u.activate(0, s.gates[k]+u.peep[k]*cell)
		forget := 1 - in
		if !u.flag {
			forget = u.activate(0, s.gates[2*n+k]+u.peep[2*n+k]*cell)
		}
		cell = forget*cell + in*u.activate(1, s.gates[3*n+k])
		s.c[k] = cell
		s.h[k] = u.activate(0, s.gates[n+k]+u.peep[n+k]*cell) * u.act[2](cell)
	}
}
