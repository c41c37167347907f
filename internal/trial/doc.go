// Command trial tries the proof that two models give the same answers, and the program, in four ways:
//
//	trial mutants       are faults noticed?           docs/verify-study.md
//	trial wild          is what is right called so?   docs/wild.md
//	trial fuzz          are odd files read or refused, and fused as an engine runs them?
//	trial reliability   what came of the tests of reliability?   docs/reliability.md
//
// Mutants are fused networks with one fault each, drawn with a fixed seed. They are tried as a wrong pass, as a file that was
// changed, and as the file of another program. In the wild, models as people publish them are fused and verified.
//
// What was seen is kept line by line in OUT.jsonl, and a trial that was interrupted goes on from there. OUT.md is written from
// it alone; -page writes it without trying anything. A mutant that is missed and a sound fusion that is called different are
// errors.
//
// For fuzz, fields of model files are changed at random, with a fixed seed: dropped, repeated, exchanged, given another value or
// taken from another file. The passes and the writer take each, and ONNX Runtime runs it before and after, unoptimised, in a
// process of its own. Nothing is kept but, with -keep, the mutants that failed.
//
// For reliability, go test runs the tests, and what it prints as JSON becomes the rows of the page.
package main
