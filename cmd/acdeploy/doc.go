// Command acdeploy turns a trained ACNet (an ONNX file) back into the plain network that it was
// derived from, proves that the answers did not change, and measures that it is as fast as the plain network.
//
// # A first look
//
// The passes fold batch normalisations into convolutions and sum the parallel branches into one:
//
//	$ acdeploy fuse examples/resnet20/acnet.onnx -o fused.onnx
//	118 rewrites, 227 → 52 nodes
//	Add 47 → 9, BatchNormalization 59 → 0, Conv 59 → 21, Identity 40 → 0, parameters 456538 → 271690
//	wrote fused.onnx, 1.1 MB
//	not verified: acdeploy verify examples/resnet20/acnet.onnx fused.onnx
//
// The input stays as it is. The same input gives the same bytes on every machine. What was looked at and
// left alone has a node, a reason and a sentence, shown with -v and in the JSON document; --explain goes
// through the blocks that look like re-parameterised ones. With --dry-run nothing is written, with --dump-dir
// the graph is written as text after each pass that changed it, and --max-rewrites finds a bad rewrite by
// bisection.
//
// What a model is made of, which families of blocks it holds, and what fusing would make of it:
//
//	$ acdeploy inspect examples/resnet20/acnet.onnx
//	…
//	blocks      19 of ACNet (3×3, 3×1, 1×3)
//	fusing      227 → 52 nodes: Add 47 → 9, BatchNormalization 59 → 0, Conv 59 → 21, Identity 40 → 0, parameters 456538 → 271690
//
// Are the answers the same? Where the passes make the second file of the first, byte for byte, both graphs
// run in float64 with nothing rounded, and have to agree to 1e-12. Then the files run on the engines that
// are available, with their own optimisation off and on, within what rounding explains:
//
//	$ acdeploy verify examples/resnet20/acnet.onnx fused.onnx
//	Models
//	…
//	Equal in exact arithmetic, shown in float64 without rounding; what remains is rounding.
//	…
//	| float64 |       1 | logits |            … | 1.0e-12 | equal   |
//	…
//
// With --data, an .npz file of images and perhaps labels, the answers to them are compared as well: the class, the
// share of equal pixels, or the largest difference. A model that computes something else is detected:
//
//	$ acdeploy verify examples/resnet20/acnet.onnx examples/resnet20/baseline.onnx
//	…
//	acdeploy: the answers differ: value "logits", …
//	(exit code 3)
//
// # Engines
//
// ONNX Runtime is not part of the program. It is found, or fetched once through the user's own pip or npm
// and checked:
//
//	acdeploy runtime install
//
// With cuda13 or cuda12 after it, the command fetches the library for NVIDIA GPUs, which has the providers
// cuda and tensorrt and serves the CPU too. TensorRT itself is driven through its program trtexec, which
// ACDEPLOY_TRTEXEC names. An engine that is not available is skipped, and the rest is done.
//
// Nothing else ever downloads anything. doctor says what was found, what is missing and what to do;
// backends lists the engines, passes the passes. What could not be run is in every result, with the reason
// and the remedy.
//
// # Latency
//
// bench measures candidates against a baseline, run by run in turns, in fresh processes, and decides by an
// equivalence test. Every candidate has to be equivalent or faster:
//
//	acdeploy bench baseline.onnx fused.onnx --as-trained acnet.onnx
//
// # The main job
//
// run does all of it as a configuration says, and keeps a report:
//
//	acdeploy run configs/quickstart.yaml
//	acdeploy report acdeploy-report --format markdown
//
// init writes a configuration to start from, config show --origin says where each value comes from. Flags
// win over ACDEPLOY_* variables (bench.units is ACDEPLOY_BENCH_UNITS), and those over the file.
// ACDEPLOY_CONFIG names the file, ACDEPLOY_ORT_LIB the library of ONNX Runtime, ACDEPLOY_TRTEXEC the program
// trtexec.
//
// ONNX Runtime is looked for in this order: --ort-lib, ACDEPLOY_ORT_LIB, runtime.library of the configuration,
// ORT_DYLIB_PATH, the folder ORT_LIB_LOCATION, the active Python environment (VIRTUAL_ENV, CONDA_PREFIX), the
// environment that acdeploy itself lies in, what "acdeploy runtime install" installed, the package of the
// python3 on the PATH, Homebrew, the linker's cache. What is named outright and cannot be used is an error. A
// library out of a wheel has to have the SHA-256 that the wheel's RECORD lists. doctor shows which one is
// used, and so does -v.
//
// # For programs
//
// Results go to standard output, logs and progress to standard error. With --json a command prints exactly
// one document, whose first key, schema, names its kind and version. Exit codes:
//
//	0    all good
//	1    failed, for the reason printed
//	2    the command line or the configuration is wrong
//	3    the answers differ
//	4    the latency gate failed
//	5    a required runtime or device is missing, or no engine could run
//	6    the measurement is invalid or incomplete
//	130  interrupted
//
// Of several reasons the first of 130, 2, 1, 3, 5, 6, 4 counts.
package main
