// Package emit makes Conv and Gemm nodes of planned kernels.
//
// A rewrite is planned first and put in place afterwards. Planning makes the parameters in the element type of
// the model, and refuses what does not fit it; nothing of the graph changes. Then the plan is applied to a node
// that is there, or a new node is built after another one's example:
//
//	stencil.Conv ──PlanLayer──▶ Layer ──Apply──▶ the node computes it
//	                                  ──Build──▶ a new node computes it
package emit
