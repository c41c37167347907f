package reference

import (
	"maps"
	"math"
)

// operators lists what this package computes.
func operators() map[string]definition {
	table := map[string]definition{}
	for _, family := range []map[string]definition{
		linear(), pools(), normalizations(), arithmetics(), comparisons(), functions(), activations(),
		layouts(), shapes(), selections(), decisions(), reductions(), recurrences(), signals(), quantizations(), losses(), sources(),
	} {
		maps.Copy(table, family)
	}
	return table
}

const windowed = "auto_pad dilations kernel_shape pads strides"

func linear() map[string]definition {
	return map[string]definition{
		"Conv":          {ofFloats(conv), 2, 3, windowed + " group"},
		"ConvTranspose": {ofFloats(convTranspose), 2, 3, windowed + " group output_padding output_shape"},
		"DeformConv":    {ofFloats(deformConv), 3, 5, "dilations group kernel_shape offset_group pads strides"},
		"Col2Im":        {col2Im, 3, 3, "dilations pads strides"},
		"Gemm":          {ofFloats(gemm), 2, 3, "alpha beta transA transB broadcast"},
		"MatMul":        {ofFloats(matMul), 2, 2, ""},
		"Einsum":        {ofFloats(einsum), 1, -1, "equation"},
		"Attention": {
			attention, 3, 7, "is_causal kv_num_heads left_window_size q_num_heads qk_matmul_output_mode right_window_size scale softcap " +
				"softmax_precision",
		},
		"RotaryEmbedding": {rotaryEmbedding, 3, 4, "interleaved num_heads rotary_embedding_dim"},
	}
}

func pools() map[string]definition {
	return map[string]definition{
		"MaxPool":           {maxPool, 1, 1, windowed + " ceil_mode storage_order"},
		"MaxUnpool":         {maxUnpool, 2, 3, "kernel_shape pads strides"},
		"AveragePool":       {ofFloats(averagePool), 1, 1, windowed + " ceil_mode count_include_pad"},
		"LpPool":            {ofFloats(lpPool), 1, 1, windowed + " ceil_mode p"},
		"GlobalAveragePool": {ofFloats(globalPool(average)), 1, 1, ""},
		"GlobalMaxPool":     {ofFloats(globalPool(largest)), 1, 1, ""},
	}
}

func normalizations() map[string]definition {
	return map[string]definition{
		"BatchNormalization":        {ofFloats(batchNormalization), 5, 5, "epsilon momentum training_mode is_test spatial consumed_inputs"},
		"InstanceNormalization":     {ofFloats(instanceNormalization), 3, 3, "epsilon consumed_inputs"},
		"GroupNormalization":        {ofFloats(groupNormalization), 3, 3, "epsilon num_groups stash_type"},
		"LayerNormalization":        {ofFloats(layerNormalization), 2, 3, "axis epsilon stash_type"},
		"LpNormalization":           {ofFloats(lpNormalization), 1, 1, "axis p"},
		"RMSNormalization":          {ofFloats(rmsNormalization), 2, 2, "axis epsilon stash_type"},
		"MeanVarianceNormalization": {ofFloats(meanVarianceNormalization), 1, 1, "axes"},
		"LRN":                       {ofFloats(lrn), 1, 1, "alpha beta bias size"},
		"Softmax":                   {alongRows(softmaxRow), 1, 1, "axis"},
		"LogSoftmax":                {alongRows(logSoftmaxRow), 1, 1, "axis"},
		"Hardmax":                   {alongRows(hardmaxRow), 1, 1, "axis"},
	}
}

func arithmetics() map[string]definition {
	const old = "axis broadcast consumed_inputs"
	add := func(a, b float64) float64 { return a + b }
	return map[string]definition{
		"Add": {pairwise(add, func(a, b int64) int64 { return a + b }), 2, 2, old},
		"Sub": {pairwise(func(a, b float64) float64 { return a - b }, func(a, b int64) int64 { return a - b }), 2, 2, old},
		"Mul": {pairwise(func(a, b float64) float64 { return a * b }, func(a, b int64) int64 { return a * b }), 2, 2, old},
		"Div": {division, 2, 2, old},
		"Mod": {modulo, 2, 2, "fmod"},
		"Pow": {power, 2, 2, old},
		"Sum": {variadic(add, nil), 1, -1, "consumed_inputs"},
		"Max": {
			variadic(func(a, b float64) float64 { return max(a, b) }, func(a, b int64) int64 { return max(a, b) }),
			1, -1, "consumed_inputs",
		},
		"Min": {
			variadic(func(a, b float64) float64 { return min(a, b) }, func(a, b int64) int64 { return min(a, b) }),
			1, -1, "consumed_inputs",
		},
		"Mean":  {ofFloats(mean), 1, -1, "consumed_inputs"},
		"PRelu": {ofFloats(prelu), 2, 2, "consumed_inputs"},
	}
}

func comparisons() map[string]definition {
	const old = "axis broadcast"
	return map[string]definition{
		"Equal":          {comparison(func(o int) bool { return o == 0 }), 2, 2, old},
		"Less":           {comparison(func(o int) bool { return o < 0 }), 2, 2, old},
		"LessOrEqual":    {comparison(func(o int) bool { return o <= 0 }), 2, 2, ""},
		"Greater":        {comparison(func(o int) bool { return o > 0 }), 2, 2, old},
		"GreaterOrEqual": {comparison(func(o int) bool { return o >= 0 }), 2, 2, ""},
		"And":            {logic(func(a, b int64) int64 { return a & b }), 2, 2, old},
		"Or":             {logic(func(a, b int64) int64 { return a | b }), 2, 2, old},
		"Xor":            {logic(func(a, b int64) int64 { return a ^ b }), 2, 2, old},
		"Not":            {not, 1, 1, ""},
		"Where":          {where, 3, 3, ""},
		"IsNaN":          {test(math.IsNaN), 1, 1, ""},
		"IsInf":          {isInf, 1, 1, "detect_negative detect_positive"},
		"BitwiseAnd":     {pairwise(nil, func(a, b int64) int64 { return a & b }), 2, 2, ""},
		"BitwiseOr":      {pairwise(nil, func(a, b int64) int64 { return a | b }), 2, 2, ""},
		"BitwiseXor":     {pairwise(nil, func(a, b int64) int64 { return a ^ b }), 2, 2, ""},
		"BitwiseNot":     {unaryNumber(nil, func(v int64) int64 { return ^v }), 1, 1, ""},
	}
}

func functions() map[string]definition {
	table := map[string]definition{
		"Abs":  {unaryNumber(math.Abs, func(v int64) int64 { return max(v, -v) }), 1, 1, "consumed_inputs"},
		"Neg":  {unaryNumber(func(v float64) float64 { return -v }, func(v int64) int64 { return -v }), 1, 1, "consumed_inputs"},
		"Sign": {unaryNumber(sign, sign64), 1, 1, ""},
		"Relu": {unaryNumber(relu, func(v int64) int64 { return max(v, 0) }), 1, 1, "consumed_inputs"},
	}
	for name, f := range map[string]func(float64) float64{
		"Sqrt": math.Sqrt, "Exp": math.Exp, "Log": math.Log, "Erf": math.Erf, "Floor": math.Floor,
		"Ceil": math.Ceil, "Round": math.RoundToEven, "Reciprocal": func(v float64) float64 { return 1 / v },
		"Sin": math.Sin, "Cos": math.Cos, "Tan": math.Tan, "Tanh": math.Tanh,
		"Asin": math.Asin, "Acos": math.Acos, "Atan": math.Atan, "Sinh": math.Sinh, "Cosh": math.Cosh,
		"Asinh": math.Asinh, "Acosh": math.Acosh, "Atanh": math.Atanh,
		"Sigmoid": sigmoid, "Softplus": softplus, "Softsign": softsign, "HardSwish": hardSwish, "Mish": mish,
	} {
		table[name] = definition{unary(f), 1, 1, "consumed_inputs"}
	}
	return table
}

func activations() map[string]definition {
	return map[string]definition{
		"LeakyRelu":       {shaped("alpha", 0.01, "", 0, leaky), 1, 1, "alpha consumed_inputs"},
		"Elu":             {shaped("alpha", 1, "", 0, elu), 1, 1, "alpha consumed_inputs"},
		"Celu":            {shaped("alpha", 1, "", 0, celu), 1, 1, "alpha"},
		"Selu":            {shaped("alpha", 1.67326319217681884765625, "gamma", 1.05070102214813232421875, selu), 1, 1, "alpha gamma consumed_inputs"},
		"HardSigmoid":     {shaped("alpha", 0.2, "beta", 0.5, hardSigmoid), 1, 1, "alpha beta consumed_inputs"},
		"ThresholdedRelu": {shaped("alpha", 1, "", 0, thresholded), 1, 1, "alpha"},
		"Shrink":          {shaped("lambd", 0.5, "bias", 0, shrink), 1, 1, "lambd bias"},
		"Swish":           {shaped("alpha", 1, "", 0, swish), 1, 1, "alpha"},
		"Gelu":            {ofFloats(gelu), 1, 1, "approximate"},
		"Clip":            {clip, 1, 3, "min max consumed_inputs"},
	}
}

func layouts() map[string]definition {
	return map[string]definition{
		"Concat":       {concat, 1, -1, "axis"},
		"Split":        {split, 1, 2, "axis split num_outputs"},
		"Slice":        {slice, 1, 5, "starts ends axes"},
		"Pad":          {pad, 1, 4, "mode pads paddings value"},
		"Transpose":    {transpose, 1, 1, "perm"},
		"DepthToSpace": {depthToSpace, 1, 1, "blocksize mode"},
		"SpaceToDepth": {spaceToDepth, 1, 1, "blocksize"},
		"Resize": {
			resize, 1, 4, "mode coordinate_transformation_mode nearest_mode cubic_coeff_a exclude_outside " +
				"extrapolation_value antialias axes keep_aspect_ratio_policy",
		},
		"Upsample": {upsample, 1, 2, "mode scales"},
	}
}

func shapes() map[string]definition {
	return map[string]definition{
		"Reshape":   {reshape, 1, 2, "shape allowzero consumed_inputs"},
		"Flatten":   {flatten, 1, 1, "axis"},
		"Squeeze":   {squeeze, 1, 2, "axes"},
		"Unsqueeze": {unsqueeze, 1, 2, "axes"},
		"Expand":    {expand, 2, 2, ""},
		"Tile":      {tile, 2, 2, ""},
		"Trilu":     {trilu, 1, 2, "upper"},
		"EyeLike":   {eyeLike, 1, 1, "dtype k"},
		"Shape":     {shapeOf, 1, 1, "start end"},
		"Size":      {sizeOf, 1, 1, ""},
	}
}

func selections() map[string]definition {
	return map[string]definition{
		"Gather":          {gather, 2, 2, "axis"},
		"GatherElements":  {gatherElements, 2, 2, "axis"},
		"GatherND":        {gatherND, 2, 2, "batch_dims"},
		"Scatter":         {scatterElements, 3, 3, "axis"},
		"ScatterND":       {scatterND, 3, 3, "reduction"},
		"ScatterElements": {scatterElements, 3, 3, "axis reduction"},
		"OneHot":          {oneHot, 3, 3, "axis"},
		"Compress":        {compress, 2, 2, "axis"},
		"NonZero":         {nonZero, 1, 1, ""},
		"ReverseSequence": {reverseSequence, 2, 2, "batch_axis time_axis"},
		"RoiAlign": {
			roiAlign, 3, 3, "coordinate_transformation_mode mode output_height output_width sampling_ratio spatial_scale",
		},
		"AffineGrid": {affineGrid, 2, 2, "align_corners"},
		"GridSample": {ofFloats(gridSample), 2, 2, "align_corners mode padding_mode"},
	}
}

// decisions are operators of which a small change of the input can change the result as a whole.
func decisions() map[string]definition {
	return map[string]definition{
		"ArgMax":            {argument(func(a, b float64) bool { return a > b }), 1, 1, "axis keepdims select_last_index"},
		"ArgMin":            {argument(func(a, b float64) bool { return a < b }), 1, 1, "axis keepdims select_last_index"},
		"TopK":              {topK, 1, 2, "axis k largest sorted"},
		"Unique":            {unique, 1, 1, "axis sorted"},
		"NonMaxSuppression": {nonMaxSuppression, 2, 5, "center_point_box"},
	}
}

func recurrences() map[string]definition {
	const attrs = "activation_alpha activation_beta activations clip direction hidden_size layout output_sequence "
	return map[string]definition{
		"RNN":  {recurrent(1, rnnCell), 3, 6, attrs},
		"GRU":  {recurrent(3, gruCell), 3, 6, attrs + "linear_before_reset"},
		"LSTM": {recurrent(4, lstmCell), 3, 8, attrs + "input_forget"},
	}
}

func signals() map[string]definition {
	const window = "output_datatype periodic"
	return map[string]definition{
		"DFT":            {dft, 1, 3, "axis inverse onesided"},
		"STFT":           {stft, 2, 4, "onesided"},
		"HannWindow":     {cosines(0.5, -0.5), 1, 1, window},
		"HammingWindow":  {cosines(25./46, -21./46), 1, 1, window},
		"BlackmanWindow": {cosines(0.42, -0.5, 0.08), 1, 1, window},
	}
}

func quantizations() map[string]definition {
	const attrs = "axis block_size output_dtype "
	return map[string]definition{
		"QuantizeLinear":        {quantizeLinear, 2, 3, attrs + "precision saturate"},
		"DequantizeLinear":      {dequantizeLinear, 2, 3, attrs},
		"DynamicQuantizeLinear": {ofFloats(dynamicQuantizeLinear), 1, 1, ""},
		"QLinearConv":           {qlinearConv, 8, 9, windowed + " group"},
		"QLinearMatMul":         {qlinearMatMul, 8, 8, ""},
		"ConvInteger":           {ofIntegers(conv, 1, 0), 2, 4, windowed + " group"},
		"MatMulInteger":         {ofIntegers(matMul, -2, -1), 2, 4, ""},
	}
}

func losses() map[string]definition {
	return map[string]definition{
		"NegativeLogLikelihoodLoss": {negativeLogLikelihoodLoss, 2, 3, "ignore_index reduction"},
		"SoftmaxCrossEntropyLoss":   {softmaxCrossEntropyLoss, 2, 3, "ignore_index reduction"},
	}
}

func reductions() map[string]definition {
	const attrs = "axes keepdims noop_with_empty_axes"
	logSum := func(row []float64) float64 { return math.Log(sum(row)) }
	return map[string]definition{
		"ReduceSum":       {reduction(sum, total(same[int64])), 1, 2, attrs},
		"ReduceMean":      {reduction(average, averageInteger), 1, 2, attrs},
		"ReduceMax":       {reduction(largest, largestInteger), 1, 2, attrs},
		"ReduceMin":       {reduction(smallest, smallestInteger), 1, 2, attrs},
		"ReduceProd":      {reduction(times[float64], times[int64]), 1, 2, attrs},
		"ReduceL1":        {reduction(total(magnitude[float64]), total(magnitude[int64])), 1, 2, attrs},
		"ReduceL2":        {reduction(norm, nil), 1, 2, attrs},
		"ReduceSumSquare": {reduction(total(square[float64]), total(square[int64])), 1, 2, attrs},
		"CumSum": {
			cumulation(0, func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b }),
			2, 2, "exclusive reverse",
		},
		"CumProd": {
			cumulation(1, func(a, b float64) float64 { return a * b }, func(a, b int64) int64 { return a * b }),
			2, 2, "exclusive reverse",
		},
		"ReduceLogSum":    {reduction(logSum, nil), 1, 2, attrs},
		"ReduceLogSumExp": {reduction(logSumExp, nil), 1, 2, attrs},
	}
}

func sources() map[string]definition {
	return map[string]definition{
		"Constant":        {constant, 0, 0, "value value_float value_floats value_int value_ints value_string value_strings"},
		"ConstantOfShape": {constantOfShape, 1, 1, "value"},
		"Range":           {sequence, 3, 3, ""},
		"Cast":            {cast, 1, 1, "to saturate round_mode"},
		"CastLike":        {castLike, 2, 2, "saturate round_mode"},
		"Identity":        {identity, 1, 1, ""},
		"Dropout":         {dropout, 1, 3, "ratio seed is_test consumed_inputs"},
		"Loop":            {loop, 0, -1, "body"},
		"Scan":            {scan, 0, -1, "body num_scan_inputs scan_input_axes scan_input_directions scan_output_axes scan_output_directions"},
		"If":              {branch, 1, 1, "then_branch else_branch"},
	}
}
