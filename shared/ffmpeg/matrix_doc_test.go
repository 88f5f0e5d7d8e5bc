package ffmpeg

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// The table stands in the documentation between these marks.
const (
	document = "../../docs/transcodes.md"
	tableTop = "<!-- matrix: made by FFLAMBDA_MATRIX=full go test ./shared/ffmpeg -run TestMatrix -update -->\n"
	tableEnd = "<!-- end of matrix -->\n"
)

// updating is the flag of package jobtest.
func updating() *bool {
	on := flag.Lookup("update").Value.String() == "true"
	return &on
}

func readDocument(t *testing.T) (before, table, behind string) {
	t.Helper()
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, top := strings.Cut(string(b), tableTop)
	table, behind, end := strings.Cut(rest, tableEnd)
	if !top || !end {
		t.Fatalf("%s has no table between %q and %q", document, tableTop, tableEnd)
	}
	return before, table, behind
}

// readTable is the documented cells by kind and column.
func readTable(t *testing.T) map[[2]string]string {
	t.Helper()
	_, table, _ := readDocument(t)
	cells := map[[2]string]string{}
	for _, line := range strings.Split(table, "\n") {
		row := strings.Split(strings.Trim(line, "| "), " | ")
		for i, c := range columns {
			if len(row) == len(columns)+1 {
				cells[[2]string{row[0], strings.Join(c, " ")}] = row[i+1]
			}
		}
	}
	return cells
}

func writeTable(t *testing.T, cells *sync.Map) {
	t.Helper()
	var table strings.Builder
	table.WriteString("| input |")
	for _, c := range columns {
		table.WriteString(" " + strings.Join(c, " ") + " |")
	}
	table.WriteString("\n|" + strings.Repeat(" --- |", len(columns)+1) + "\n")
	for _, k := range kinds() {
		table.WriteString("| " + k.name + " |")
		for _, c := range columns {
			cell, _ := cells.Load([2]string{k.name, strings.Join(c, " ")})
			fmt.Fprintf(&table, " %v |", cell)
		}
		table.WriteString("\n")
	}
	before, _, behind := readDocument(t)
	writeFile(t, document, before+tableTop+table.String()+tableEnd+behind)
}
