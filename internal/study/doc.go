// Command study measures what the verdicts of package bench are worth: on the real engine, with arms whose
// true ratio is known.
//
//	make runtime && go run ./internal/study -models ../shared/models -out docs/verdict-study
//
// In every measurement of its first part, the baseline is compared with one more copy of itself, and with
// copies that a spin slows down by 1, 2 and 5 %. The second part compares each network's fused form, and
// the network as trained, with its baseline.
//
// What was seen is kept measurement by measurement in OUT.jsonl, and a study that was interrupted goes on
// from there. OUT.md is written from it alone; -page writes it without measuring.
package main
