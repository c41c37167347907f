// Command study measures what the verdicts of package bench are worth: on the real engine, with arms whose
// true ratio is known.
//
//	make runtime && go run ./internal/study -models ../shared/models -out docs/verdict-study
//
// One part compares each network's fused form, and the network as trained, with its baseline. In another the
// baseline is compared with one more copy of itself, and with copies that a spin slows down by 1, 2 and 5 %. A
// third measures a copy that is 2 % slower on half a processor, by a quota, beside a program that keeps the next
// one busy; it needs root.
//
// What was seen is kept measurement by measurement in OUT.jsonl, and a study that was interrupted goes on
// from there. OUT.md is written from it alone; -page writes it without measuring.
package main
