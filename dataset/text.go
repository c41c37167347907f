package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// text is how NumPy stores strings: each takes the same number of bytes and ends with zeros.
type text struct {
	width   int  // bytes of one string
	unicode bool // four bytes for each character
}

// maxText bounds the bytes of one string.
const maxText = 1 << 20

// textType reads NumPy's name of a type of strings, such as <U5 or |S5.
func textType(descr string) (t text, ok bool) {
	descr = strings.TrimLeft(descr, "<|=")
	length, unicode := strings.CutPrefix(descr, "U")
	if !unicode {
		if length, ok = strings.CutPrefix(descr, "S"); !ok {
			return t, false
		}
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 1 || n > maxText/4 {
		return t, false
	}
	if unicode {
		n *= 4
	}
	return text{n, unicode}, true
}

// decode reads strings from their bytes.
func (t text) decode(raw []byte) ([]string, error) {
	var list []string
	for ; len(raw) > 0; raw = raw[t.width:] {
		one := raw[:t.width]
		if !t.unicode {
			list = append(list, string(bytes.TrimRight(one, "\x00")))
			continue
		}
		var s strings.Builder
		for ; len(one) > 0; one = one[4:] {
			r := binary.LittleEndian.Uint32(one)
			if r > 0x10ffff {
				return nil, fmt.Errorf("it holds %#x, which is no character", r)
			}
			s.WriteRune(rune(r))
		}
		list = append(list, strings.TrimRight(s.String(), "\x00"))
	}
	return list, nil
}
