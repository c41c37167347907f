// Command trial tries the proof that two models give the same answers, in two ways:
//
//	trial mutants   are faults noticed?           docs/verify-study.md
//	trial wild      is what is right called so?   docs/wild.md
//
// Mutants are fused networks with one fault each, drawn with a fixed seed. They are tried as a wrong pass, as a file that was
// changed, and as the file of another program. In the wild, models as people publish them are fused and verified.
//
// What was seen is kept line by line in OUT.jsonl, and a trial that was interrupted goes on from there. OUT.md is written from
// it alone; -page writes it without trying anything. A mutant that is missed and a sound fusion that is called different are
// errors.
package main
