package cli_test

import (
	"encoding/binary"
	"math"
)

// message writes a protobuf message, field by field, as the format's schema numbers them.
type message []byte

func (m message) number(field int, v int64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field)<<3), uint64(v))
}

func (m message) bytes(field int, v []byte) message {
	m = binary.AppendUvarint(m, uint64(field)<<3|2)
	return append(binary.AppendUvarint(m, uint64(len(v))), v...)
}

func (m message) text(field int, v ...string) message {
	for _, s := range v {
		m = m.bytes(field, []byte(s))
	}
	return m
}

func model(graph message) []byte {
	return message{}.number(1, 8).bytes(7, graph).bytes(8, message{}.number(2, 13))
}

func node(op, in, out string, attrs ...message) message {
	n := message{}.text(1, fields(in)...).text(2, fields(out)...).text(3, "the_"+op).text(4, op)
	for _, a := range attrs {
		n = n.bytes(5, a)
	}
	return n
}

func fields(s string) []string {
	var out []string
	start := 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ' ' {
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return out
}

func integer(name string, v int64) message {
	return message{}.text(1, name).number(3, v).number(20, 2)
}

func integers(name string, v ...int64) message {
	m := message{}.text(1, name)
	for _, x := range v {
		m = m.number(8, x)
	}
	return m.number(20, 7)
}

func value(name string, dims ...int64) message {
	shape := message{}
	for _, d := range dims {
		shape = shape.bytes(1, message{}.number(1, d))
	}
	tensor := message{}.number(1, 1).bytes(2, shape)
	return message{}.text(1, name).bytes(2, message{}.bytes(1, tensor))
}

// weight is a float tensor whose data follow as another field.
func weight(dims ...int64) message {
	m := message{}
	for _, d := range dims {
		m = m.number(1, d)
	}
	return m.number(2, 1).text(8, "w")
}

func raw(m message, n int) message {
	data := make([]byte, 4*n)
	for i := range n {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(float32(i+1)/8))
	}
	return m.bytes(9, data)
}

func external(m message, location string) message {
	return m.bytes(13, message{}.text(1, "location").text(2, location)).
		bytes(13, message{}.text(1, "length").text(2, "36")).number(14, 1)
}

func body(nodes []message, weights ...message) message {
	g := message{}
	for _, n := range nodes {
		g = g.bytes(1, n)
	}
	g = g.text(2, "g")
	for _, w := range weights {
		g = g.bytes(5, w)
	}
	return g.bytes(11, value("x", 1, 1, 5, 5)).bytes(12, value("y", 1, 1, 5, 5))
}

// conv is a model of one convolution with the given attributes and weight.
func conv(w message, attrs ...message) []byte {
	return model(body([]message{node("Conv", "x w", "y", attrs...)}, w))
}

// kinds are the models that scripts ask for, by name.
func kinds() map[string]func() []byte {
	w := func() message { return raw(weight(1, 1, 3, 3), 9) }
	pads := integers("pads", 1, 1, 1, 1)
	return map[string]func() []byte{
		"good":      func() []byte { return conv(w(), pads) },
		"empty":     func() []byte { return nil },
		"truncated": func() []byte { whole := conv(w(), pads); return whole[:len(whole)/2] },
		"garbage":   func() []byte { return []byte("\xff\xfe\xfd\xfc this is not a model \x00\x01\x02") },
		"no_graph":  func() []byte { return message{}.number(1, 8) },
		"cyclic": func() []byte {
			return model(body([]message{node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")}))
		},
		"duplicate":  func() []byte { return model(body([]message{node("Relu", "x", "y"), node("Abs", "x", "y")})) },
		"dangling":   func() []byte { return model(body([]message{node("Add", "x nowhere", "y")})) },
		"raw_length": func() []byte { return conv(raw(weight(1, 1, 3, 3), 8), pads) },
		"negative":   func() []byte { return conv(raw(weight(1, 1, -3, 3), 9), pads) },
		"overflow":   func() []byte { return conv(raw(weight(1<<40, 1<<40, 3, 3), 9), pads) },
		"huge":       func() []byte { return conv(raw(weight(1<<31, 1, 3, 3), 9), pads) },
		"absent":     func() []byte { return conv(external(weight(1, 1, 3, 3), "absent.bin"), pads) },
		"short":      func() []byte { return conv(external(weight(1, 1, 3, 3), "short.bin"), pads) },
		"absolute":   func() []byte { return conv(external(weight(1, 1, 3, 3), "/etc/hostname"), pads) },
		"outside":    func() []byte { return conv(external(weight(1, 1, 3, 3), "../outside.bin"), pads) },
		"link":       func() []byte { return conv(external(weight(1, 1, 3, 3), "link.bin"), pads) },
		"fifo":       func() []byte { return conv(external(weight(1, 1, 3, 3), "fifo.bin"), pads) },
		"folder":     func() []byte { return conv(external(weight(1, 1, 3, 3), "folder"), pads) },
		"external":   func() []byte { return conv(external(weight(1, 1, 3, 3), "data.bin"), pads) },
		"group":      func() []byte { return conv(w(), pads, integer("group", 0)) },
		"kernel":     func() []byte { return conv(w(), pads, integers("kernel_shape", 5, 5)) },
		"strides":    func() []byte { return conv(w(), pads, integers("strides", 0, 1)) },
		"pads":       func() []byte { return conv(w(), integers("pads", 1, 1, 1)) },
		"dilations":  func() []byte { return conv(w(), pads, integers("dilations", 1, 1, 1)) },
		"other_input": func() []byte {
			g := message{}.bytes(1, node("Relu", "z", "y")).text(2, "g")
			return model(g.bytes(11, value("z", 1, 1, 5, 5)).bytes(12, value("y", 1, 1, 5, 5)))
		},
		"relu": func() []byte { return model(body([]message{node("Relu", "x", "y")})) },
		"training": func() []byte {
			return model(body([]message{node("Conv", "x w", "c", pads), node("BatchNormalization", "c s s s s", "y a b d e")},
				w(), raw(message{}.number(1, 1).number(2, 1).text(8, "s"), 1)))
		},
		"no_parameters": func() []byte {
			g := body([]message{node("Conv", "x w", "c", pads), node("BatchNormalization", "c s s s s", "y")})
			return model(g.bytes(11, value("w", 1, 1, 3, 3)).bytes(11, value("s", 1)))
		},
		"relus": func() []byte {
			return model(body([]message{node("Relu", "x", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")}))
		},
		"unsorted": func() []byte { return model(body([]message{node("Abs", "a", "y"), node("Relu", "x", "a")})) },
		// A 1×7 and a 7×1 convolution, summed: one kernel for both would cost more than they do.
		"cross": func() []byte {
			return model(body([]message{
				node("Conv", "x w", "a", integers("pads", 0, 3, 0, 3)), node("Conv", "x v", "b", integers("pads", 3, 0, 3, 0)),
				node("Add", "a b", "y"),
			}, raw(weight(1, 1, 1, 7), 7), raw(weight(1, 1, 7, 1).text(8, "v"), 7)))
		},
		"hint": func() []byte {
			g := body([]message{node("Relu", "x", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")})
			return model(g.bytes(13, value("a", 1, 1, 5, 5)).bytes(13, value("b", 1, 1, 7, 5)))
		},
		"unknown":       func() []byte { return model(body([]message{node("Mystery", "x", "y")})) },
		"unknown_other": func() []byte { return model(body([]message{node("Enigma", "x", "y")})) },
	}
}
