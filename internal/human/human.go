// Package human writes numbers and names as people read them.
//
//	Count(2, "rewrite")     2 rewrites
//	Thousands(1234567)      1 234 567
//	Bytes(1_500_000)        1.5 MB
//	Milliseconds(1_234_567) 1.235 ms
//	Duration(1_234)         1.23 µs
//	Percent(0.02)           2 %
//	Printable("a\x1b[2J")   a\u001b[2J
//	UTF8("d\xff\n")         d\xff, and an end of line
//	Clip("a/long/path", 6)  …/path
//	ShellWord("my model")   'my model'
//
// Sizes are in decimal units, as disks and networks are sold. What is unknown or not finite is a dash.
package human
