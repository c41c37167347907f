package reference

import "fmt"

// col2Im adds the columns that a kernel would read of an image to where it reads them.
func col2Im(c *call) ([]*array, error) {
	x := c.in[0]
	image, _, err := c.list(1, "")
	if err != nil {
		return nil, err
	}
	block, _, err := c.list(2, "")
	if err != nil {
		return nil, err
	}
	spatial, err := dims(image)
	if err != nil {
		return nil, err
	}
	kernel, err := dims(block)
	if err != nil {
		return nil, err
	}
	ws, err := c.windows(spatial, kernel, false)
	if err != nil {
		return nil, err
	}
	v := newVolume(ws)
	taps, err := countElements(kernel, c.limit)
	if err != nil {
		return nil, err
	}
	if x.kind() != floats || x.rank() != 3 || taps == 0 || x.shape[1]%taps != 0 || x.shape[2] != v.outSize() {
		return nil, fmt.Errorf("input %s%v does not fit blocks of %v that read an image of %v at %d places", x.typ, x.shape, kernel, spatial, v.outSize())
	}
	channels := x.shape[1] / taps
	y, err := c.make(x.typ, append([]int{x.shape[0], channels}, spatial...)...)
	if err != nil {
		return nil, err
	}
	in, out := v.inSize(), v.outSize()
	parallel(x.shape[0]*channels, 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			plane := y.f[p*in : (p+1)*in]
			for t := range taps {
				column := x.f[(p*taps+t)*out:]
				v.lines(t, func(to, at, n int) {
					for k := range n {
						plane[at+k*v[2].stride] += column[to+k]
					}
				})
			}
		}
	})
	return one(y, nil)
}
