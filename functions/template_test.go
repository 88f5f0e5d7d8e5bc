package functions_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// template is what SAM makes of template.yaml: what CloudFormation is given.
type template struct {
	Parameters map[string]struct{ Default any }
	Resources  map[string]resource
}

type resource struct {
	Type           string
	DependsOn      any
	DeletionPolicy string
	Properties     map[string]any
}

// names are those of the functions.
func names() []string {
	return []string{"Cancel", "Create", "Download", "Ingest", "Probe", "Rescue", "Status", "Upload", "Webhook", "Worker"}
}

// require is the word in FFLAMBDA_REQUIRE that makes a missing SAM a failure instead of a skip.
const require = "sam"

var errMissing = errors.New("SAM is missing: `scripts/setup aws` installs it")

// translation is the one run of SAM's translator, which takes some seconds.
var translation = sync.OnceValues(translate)

// translated is the template as CloudFormation would be given it.
func translated(t *testing.T) template {
	t.Helper()
	got, err := translation()
	switch {
	case errors.Is(err, errMissing) && !slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), require):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return got
}

func translate() (got template, err error) {
	python, err := python()
	if err != nil {
		return got, err
	}
	out, err := exec.Command(python, filepath.Join("testdata", "translate.py"), filepath.Join("..", "template.yaml")).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return got, fmt.Errorf("translate template.yaml: %w", err)
	}
	return got, json.Unmarshal(out, &got)
}

// python is the one that aws-sam-cli is installed for.
func python() (string, error) {
	for _, dir := range []string{os.Getenv("FFLAMBDA_TOOLS"), filepath.Join("..", "bin", "tools", "aws")} {
		if _, err := os.Stat(filepath.Join(dir, "bin", "sam")); dir != "" && err == nil {
			return filepath.Join(dir, "bin", "python"), nil
		}
	}
	return "", errMissing
}

// at is the value under the keys of nested objects, nil where there is none.
func at(v any, keys ...string) any {
	for _, key := range keys {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	return v
}

// list is v's elements, or v as the only one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// text is v in short: "Table" for a Ref, "Table.Arn" for a GetAtt, a Sub with its ${…}.
func text(v any) string {
	object, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprint(v)
	}
	if ref, ok := object["Ref"]; ok {
		return fmt.Sprint(ref)
	}
	if att := list(object["Fn::GetAtt"]); len(att) == 2 {
		return fmt.Sprintf("%v.%v", att[0], att[1])
	}
	if sub := list(object["Fn::Sub"]); len(sub) > 0 {
		return fmt.Sprint(sub[0])
	}
	return fmt.Sprint(v)
}
