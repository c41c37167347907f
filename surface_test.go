package acdeploy_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/packages"

	"github.com/acdeploy/acdeploy/passes/passtest"
)

const (
	module      = "github.com/acdeploy/acdeploy"
	surfaceFile = "testdata/surface.golden"
)

// everything is all packages of the module, type-checked together, with their tests.
var everything = sync.OnceValues(func() ([]*packages.Package, error) {
	mode := packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo
	list, err := packages.Load(&packages.Config{Mode: mode, Tests: true}, "./...")
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		for _, e := range p.Errors {
			return nil, e
		}
	}
	return list, nil
})

// surface loads the module where every file of it can be loaded.
func surface(t *testing.T) (public []*packages.Package, all []*packages.Package) {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip("type-checks the whole module; -short")
	case runtime.GOOS != "linux" || !build.Default.CgoEnabled:
		t.Skip("some names are of one system or need cgo; the list is that of Linux with cgo")
	}
	for _, program := range []string{"go", "gcc"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the %s command is not here", program)
		}
	}
	all, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.ID == p.PkgPath && isPublic(p) {
			public = append(public, p)
		}
	}
	slices.SortFunc(public, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	if len(public) < 20 {
		t.Fatalf("%d public packages", len(public))
	}
	return public, all
}

// isPublic reports whether another module can import a package.
func isPublic(p *packages.Package) bool {
	return p.Name != "main" && !strings.HasSuffix(p.PkgPath, "_test") && !strings.HasSuffix(p.PkgPath, ".test") && !slices.Contains(strings.Split(p.PkgPath, "/"), "internal")
}

// TestSurface compares every exported name, with its type, with a golden file, so that a change of what other modules
// build on is seen. It is right to change it; read the difference.
func TestSurface(t *testing.T) {
	public, _ := surface(t)
	var b strings.Builder
	for _, p := range public {
		fmt.Fprintf(&b, "package %s\n", strings.TrimPrefix(p.PkgPath, path.Dir(module)+"/"))
		for _, n := range exported(p) {
			fmt.Fprintf(&b, "  %s\n", n.line)
		}
	}
	if passtest.Updating() {
		if err := os.WriteFile(surfaceFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(surfaceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("what other modules can use has changed; go test . -run TestSurface -update writes it down (-before +after)\n%s", diff)
	}
}

// name is something that other modules can use.
type name struct {
	line   string // of the golden file
	object types.Object
	owner  *types.TypeName // of a field or a method
	tag    string          // of a field
}

// exported lists the names of a package: constants, variables, functions, types, their fields and methods.
func exported(p *packages.Package) []name {
	short := func(other *types.Package) string {
		if other == p.Types {
			return ""
		}
		return other.Name()
	}
	text := func(t types.Type) string { return types.TypeString(t, short) }
	var list []name
	for _, id := range p.Types.Scope().Names() {
		o := p.Types.Scope().Lookup(id)
		if !o.Exported() {
			continue
		}
		switch o := o.(type) {
		case *types.Const:
			list = append(list, name{line: fmt.Sprintf("const %s %s = %s", id, text(o.Type()), o.Val().ExactString()), object: o})
		case *types.TypeName:
			list = append(list, typeNames(o, text)...)
		default:
			list = append(list, name{line: types.ObjectString(o, short), object: o})
		}
	}
	return list
}

// typeNames are a type, its exported fields and its methods.
func typeNames(o *types.TypeName, text func(types.Type) string) []name {
	under, shown := o.Type().Underlying(), ""
	list := []name{{object: o}}
	switch u := under.(type) {
	case *types.Struct:
		shown = "struct"
		for i := range u.NumFields() {
			if f := u.Field(i); f.Exported() {
				line := strings.TrimSpace(fmt.Sprintf("field %s.%s %s %s", o.Name(), f.Name(), text(f.Type()), u.Tag(i)))
				list = append(list, name{line: line, object: f, owner: o, tag: u.Tag(i)})
			}
		}
	case *types.Interface:
		shown = "interface"
		for m := range u.ExplicitMethods() {
			list = append(list, name{line: fmt.Sprintf("method %s.%s%s", o.Name(), m.Name(), strings.TrimPrefix(text(m.Type()), "func")), object: m, owner: o})
		}
	default:
		shown = text(under)
	}
	if o.IsAlias() {
		shown = "= " + text(o.Type())
	}
	list[0].line = fmt.Sprintf("type %s %s", o.Name(), shown)
	if named, ok := o.Type().(*types.Named); ok && !types.IsInterface(under) {
		for m := range named.Methods() {
			if m.Exported() {
				receiver := text(m.Signature().Recv().Type())
				list = append(list, name{line: fmt.Sprintf("method (%s) %s%s", receiver, m.Name(), strings.TrimPrefix(text(m.Type()), "func")), object: m, owner: o})
			}
		}
	}
	return list
}

// TestExportedNamesAreDocumented finds names without a comment. A group of constants may have one comment, and so may the fields of a
// struct in one line. The comment of a field also counts for those right below it that it names, and the text of an option for the option.
func TestExportedNamesAreDocumented(t *testing.T) {
	public, _ := surface(t)
	for _, p := range public {
		said := comments(p)
		for _, n := range exported(p) {
			if !said[n.object.Pos()] && p.Fset.Position(n.object.Pos()).Filename != "" && n.object.Pkg() == p.Types && !explained(n) {
				t.Errorf("%s: %s has no doc comment", p.Fset.Position(n.object.Pos()), n.line)
			}
		}
	}
}

// explained reports a field that needs no comment: one that is embedded, or an option, whose text is in its tag.
func explained(n name) bool {
	v, ok := n.object.(*types.Var)
	return ok && v.IsField() && (v.Embedded() || reflect.StructTag(n.tag).Get("doc") != "")
}

var words = regexp.MustCompile(`\w+`)

// comments are the places of the names that have a comment of their own, or share that of their group.
func comments(p *packages.Package) map[token.Pos]bool {
	said := map[token.Pos]bool{}
	note := func(has bool, names ...*ast.Ident) {
		for _, id := range names {
			said[id.Pos()] = said[id.Pos()] || has
		}
	}
	for _, file := range p.Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				note(n.Doc != nil, n.Name)
			case *ast.GenDecl:
				for _, spec := range n.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						note(s.Doc != nil || n.Doc != nil && len(n.Specs) == 1, s.Name)
					case *ast.ValueSpec:
						note(s.Doc != nil || s.Comment != nil || n.Doc != nil, s.Names...)
					}
				}
			case *ast.Field:
				note(n.Doc != nil || n.Comment != nil, n.Names...)
			case *ast.StructType:
				group, last := "", 0
				for _, f := range n.Fields.List {
					if f.Doc != nil {
						group = f.Doc.Text()
					} else if p.Fset.Position(f.Pos()).Line != last+1 {
						group = ""
					}
					last = p.Fset.Position(f.End()).Line
					for _, id := range f.Names {
						note(slices.Contains(words.FindAllString(group, -1), id.Name), id)
					}
				}
			}
			return true
		})
	}
	return said
}

// TestExportedNamesAreUsed finds names that nothing uses but their own package: no other package, no test, no example.
// What only an encoding or an interface uses is used, too, and so is the type of what is used.
func TestExportedNamesAreUsed(t *testing.T) {
	public, all := surface(t)
	used := uses(all)
	interfaces := interfacesOf(public, all)
	mentioned := mentions(public, used)
	for _, p := range public {
		list := exported(p)
		alive := map[*types.TypeName]bool{}
		for _, n := range list {
			if n.owner != nil && used[placeOf(p, n.object)] {
				alive[n.owner] = true
			}
		}
		for _, n := range list {
			switch o := n.object.(type) {
			case *types.TypeName:
				if alive[o] || mentioned[o] {
					continue
				}
			case *types.Func:
				if n.owner != nil && implements(n.owner, o, interfaces) {
					continue
				}
			case *types.Var:
				if o.Embedded() || isEncoded(n) {
					continue
				}
			}
			if !used[placeOf(p, n.object)] {
				t.Errorf("%s: nobody uses %s: unexport or delete it, or show its use in an example", p.Fset.Position(n.object.Pos()), n.line)
			}
		}
	}
}

// isEncoded reports whether a field is a key of a document.
func isEncoded(n name) bool {
	for _, tag := range []string{"json", "yaml"} {
		if key := reflect.StructTag(n.tag).Get(tag); key != "" && key != "-" {
			return true
		}
	}
	return false
}

// mentions are the types in the declarations of what is used.
func mentions(public []*packages.Package, used map[place]bool) map[*types.TypeName]bool {
	found := map[*types.TypeName]bool{}
	for _, p := range public {
		for _, n := range exported(p) {
			if _, isType := n.object.(*types.TypeName); isType || !used[placeOf(p, n.object)] && !isEncoded(n) {
				continue
			}
			mention(n.object.Type(), found)
		}
	}
	return found
}

// mention notes the named types that a type is made of.
func mention(t types.Type, found map[*types.TypeName]bool) {
	switch t := t.(type) {
	case *types.Alias:
		found[t.Obj()] = true
	case *types.Named:
		found[t.Obj()] = true
	case *types.Signature:
		mention(t.Params(), found)
		mention(t.Results(), found)
	case *types.Tuple:
		for v := range t.Variables() {
			mention(v.Type(), found)
		}
	case *types.Map:
		mention(t.Key(), found)
		mention(t.Elem(), found)
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		mention(t.Elem(), found)
	}
}

// place is where a name is declared: the same in every package that knows it.
type place struct {
	file string
	line int
	name string
}

func placeOf(p *packages.Package, o types.Object) place {
	at := p.Fset.Position(o.Pos())
	return place{filepath.Base(filepath.Dir(at.Filename)) + "/" + filepath.Base(at.Filename), at.Line, o.Name()}
}

// uses are the names that somebody uses who is not their own package.
func uses(all []*packages.Package) map[place]bool {
	used := map[place]bool{}
	for _, p := range all {
		own := strings.TrimSuffix(p.PkgPath, "_test")
		for _, file := range p.Syntax {
			test := strings.HasSuffix(p.Fset.Position(file.Pos()).Filename, "_test.go")
			counts := func(o types.Object) bool {
				return o != nil && o.Pkg() != nil && strings.HasPrefix(o.Pkg().Path(), module) && (test || o.Pkg().Path() != own)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Ident:
					if o := p.TypesInfo.Uses[n]; counts(o) {
						used[placeOf(p, o)] = true
					}
				case *ast.CompositeLit:
					for _, f := range unnamed(p, n) {
						if counts(f) {
							used[placeOf(p, f)] = true
						}
					}
				}
				return true
			})
		}
	}
	return used
}

// unnamed are the fields that a literal fills in without their names.
func unnamed(p *packages.Package, lit *ast.CompositeLit) []types.Object {
	if len(lit.Elts) == 0 {
		return nil
	}
	if _, named := lit.Elts[0].(*ast.KeyValueExpr); named {
		return nil
	}
	typ := p.TypesInfo.TypeOf(lit)
	if typ == nil {
		return nil
	}
	s, ok := typ.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	var fields []types.Object
	for f := range s.Fields() {
		fields = append(fields, f)
	}
	return fields
}

// interfacesOf are the interfaces that the packages and what they import declare, or ask for in the midst of a function,
// by the names of their methods.
func interfacesOf(public, all []*packages.Package) map[string][]*types.Interface {
	found, seen := map[string][]*types.Interface{}, map[*types.Package]bool{}
	add := func(t types.Type) {
		if i, ok := t.Underlying().(*types.Interface); ok {
			for m := range i.Methods() {
				found[m.Name()] = append(found[m.Name()], i)
			}
		}
	}
	var visit func(p *types.Package)
	visit = func(p *types.Package) {
		if seen[p] {
			return
		}
		seen[p] = true
		for _, id := range p.Scope().Names() {
			if o, ok := p.Scope().Lookup(id).(*types.TypeName); ok {
				add(o.Type())
			}
		}
		for _, i := range p.Imports() {
			visit(i)
		}
	}
	for _, p := range public {
		visit(p.Types)
	}
	for _, p := range all {
		for e, t := range p.TypesInfo.Types {
			if _, ok := e.(*ast.InterfaceType); ok && t.IsType() {
				add(t.Type)
			}
		}
	}
	failure := types.Universe.Lookup("error").Type()
	add(failure)
	// What package errors looks for, it asks for in the midst of its functions.
	for name, takes := range map[string][]*types.Var{"Unwrap": nil, "Is": {types.NewVar(token.NoPos, nil, "target", failure)}} {
		gives := failure
		if name == "Is" {
			gives = types.Typ[types.Bool]
		}
		method := types.NewSignatureType(nil, nil, nil, types.NewTuple(takes...), types.NewTuple(types.NewVar(token.NoPos, nil, "", gives)), false)
		add(types.NewInterfaceType([]*types.Func{types.NewFunc(token.NoPos, nil, name, method)}, nil).Complete())
	}
	return found
}

// implements reports whether a method is there for an interface that its type implements.
func implements(owner *types.TypeName, m *types.Func, interfaces map[string][]*types.Interface) bool {
	return slices.ContainsFunc(interfaces[m.Name()], func(i *types.Interface) bool {
		return types.Implements(owner.Type(), i) || types.Implements(types.NewPointer(owner.Type()), i)
	})
}
