package eval_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"testing"
)

// TestOperatorsOfTheReference: each operator that the reference knows is computed in random examples here, or stays for a reason.
func TestOperatorsOfTheReference(t *testing.T) {
	const (
		searched  = "engines look for it beside a layer that they compute in integers"
		rounded   = "it rounds what it computes to integers, and runtimes compute that in types of their own"
		subGraphs = "what is in its sub-graphs is computed, but not the node itself"
	)
	stays := map[string]string{
		"QuantizeLinear": searched, "DequantizeLinear": searched, "DynamicQuantizeLinear": rounded, "QLinearConv": rounded, "QLinearMatMul": rounded,
		"If": subGraphs, "Loop": subGraphs, "Scan": subGraphs,
		"Constant": "another pass makes an initializer of it", "Identity": "another pass removes it",
	}
	known := referenceOperators(t)
	if len(known) < 150 {
		t.Fatalf("only %d operators are found", len(known))
	}
	tried := map[string]bool{}
	for _, table := range randomTables() {
		for op := range table {
			tried[op] = true
		}
	}
	for _, op := range known {
		switch why := stays[op]; {
		case why == "" && !tried[op]:
			t.Errorf("%s: the reference knows it; it has no random examples here, and no reason to stay", op)
		case why != "" && tried[op]:
			t.Errorf("%s stays, since %s; but it has random examples", op, why)
		}
	}
	for op := range stays {
		if !slices.Contains(known, op) {
			t.Errorf("%s stays, but the reference does not know it", op)
		}
	}
}

// referenceOperators are the names in the list of what the reference computes.
func referenceOperators(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../backends/reference/operators.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.BasicLit); ok && key.Kind == token.STRING {
				if name, err := strconv.Unquote(key.Value); err == nil {
					names[name] = true
				}
			}
		}
		return true
	})
	return slices.Sorted(maps.Keys(names))
}

// randomTables are the random examples by operator.
func randomTables() []map[string]func(m maker) example {
	return []map[string]func(m maker) example{elementwise(), functions(), groups(), products(), moves(), layers(), shaping()}
}
