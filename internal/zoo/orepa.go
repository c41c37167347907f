package zoo

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// orepaBlock is a block of OREPA (Hu et al., 2022): its branches are added up as weights, each scaled by
// a number for each output, before one convolution with one batch norm.
func orepaBlock(b *builder, path string, x value, out, stride int64) value {
	k := square(3, stride)
	if !b.form.Branched {
		return b.relu(path, b.deployed(path, x, out, k))
	}
	y := b.convolve(path, x, out, k, b.orepaWeight(path, out, x.channels, k).v, nil)
	return b.relu(path, b.norm(path+".bn", y, 1))
}

func (b *builder) orepaWeight(path string, out, in int64, k kernel) value {
	gain := share(6)
	combine := func(name, equation string, operands ...value) value {
		inputs := make([]*graph.Value, len(operands))
		for i, o := range operands {
			inputs[i] = o.v
		}
		return b.node(path+"."+name, "Einsum", out, inputs, graph.StringAttr("equation", equation))
	}
	scaled := func(name string, weight value) value {
		return combine(name, "oihw,o->oihw", weight, b.vector(path+".vector."+name, out, 1))
	}
	drawn := func(name string, shape ...int64) value {
		count, err := tensor.Count(shape)
		must(err)
		w, err := b.random(path+"."+name).vector(int64(count), math.Sqrt(3/float64(in))*gain).Reshape(shape)
		must(err)
		return value{b.parameter(path+"."+name, w), shape[0]}
	}
	average := value{b.constant(path+".avg_avg", 1/9., 3, 3), 1}
	unit, err := identity(in, in, 1).Reshape([]int64{in, in})
	must(err)
	inner := b.add(path+".idconv1", drawn("idconv1", in, in), value{b.parameter(path+".id_tensor", unit), in})
	deep := combine("dws", "gtihw,ogt->ogihw", drawn("dws_dw", in, 2, 1, 3, 3), drawn("dws_pw", out, in, 2))
	point := b.kernel(path+".1x1", out, in, pointwise(), gain)

	return b.sum(path,
		scaled("origin", b.kernel(path+".origin", out, in, k, gain)),
		scaled("avg", combine("avg", "oi,hw->oihw", drawn("avg_conv", out, in), average)),
		scaled("pfir", combine("pfir", "oi,ohw->oihw", drawn("pfir_conv", out, in), drawn("pfir_prior", out, 3, 3))),
		scaled("1x1_kxk", combine("1x1_kxk", "ti,othw->oihw", inner, b.kernel(path+".conv2", out, in, k, 1))),
		scaled("1x1", b.apply(path, "Pad", point, b.integers(path+".pads", 0, 0, 1, 1, 0, 0, 1, 1))),
		scaled("dws", b.apply(path, "Reshape", deep, b.integers(path+".shape", out, in, 3, 3))))
}
