package reference

import (
	"fmt"
	"slices"
)

// negativeLogLikelihoodLoss is minus the log-probability that the input gives the class of each target, times the
// weight of that class.
func negativeLogLikelihoodLoss(c *call) ([]*array, error) {
	return one(c.loss(c.in[0]))
}

// softmaxCrossEntropyLoss is that loss of the logarithm of a softmax over the classes. The second result is that
// logarithm.
func softmaxCrossEntropyLoss(c *call) ([]*array, error) {
	x := c.in[0]
	if x.kind() != floats || x.rank() < 2 || x.shape[1] == 0 {
		return nil, fmt.Errorf("scores %s%v are not floating-point with classes on axis 1", x.typ, x.shape)
	}
	order := lastly(x.rank(), []int{1})
	log, err := mapRows(c, transposed(x, order), x.shape[1], logSoftmaxRow)
	if err != nil {
		return nil, err
	}
	log = transposed(log, inverse(order))
	y, err := c.loss(log)
	return []*array{y, log}, err
}

// loss reads the log-probabilities at the targets, which are input 1; input 2 has a weight for each class.
func (c *call) loss(x *array) (*array, error) {
	target, weight := c.in[1], c.input(2)
	if x.kind() != floats || x.rank() < 2 || target.kind() != integers || !slices.Equal(target.shape, append([]int{x.shape[0]}, x.shape[2:]...)) {
		return nil, fmt.Errorf("targets %s%v do not fit an input %s%v", target.typ, target.shape, x.typ, x.shape)
	}
	classes := x.shape[1]
	if weight != nil && (weight.kind() != floats || !slices.Equal(weight.shape, []int{classes})) {
		return nil, fmt.Errorf("weight %s%v does not fit %d classes", weight.typ, weight.shape, classes)
	}
	y, err := c.make(x.typ, target.shape...)
	if err != nil {
		return nil, err
	}
	size, total, sum := elements(x.shape[2:]), 0.0, 0.0
	for k, class := range target.i {
		if c.has("ignore_index") && class == c.int("ignore_index", 0) {
			continue
		}
		if class < 0 || class >= int64(classes) {
			return nil, fmt.Errorf("target %d is outside %d classes", class, classes)
		}
		w := 1.0
		if weight != nil {
			w = weight.f[class]
		}
		y.f[k] = -w * x.f[(k/size*classes+int(class))*size+k%size]
		total, sum = total+w, sum+y.f[k]
	}
	switch reduction := c.str("reduction", "mean"); reduction {
	case "none":
		return y, nil
	case "sum":
		return &array{typ: x.typ, f: []float64{sum}}, nil
	case "mean":
		return &array{typ: x.typ, f: []float64{sum / total}}, nil
	default:
		return nil, fmt.Errorf("reduction %q is not known", reduction)
	}
}
