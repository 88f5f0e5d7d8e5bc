package home

import (
	"os"
	"path/filepath"
	"strconv"
)

// WorkDir is where functions keep files for as long as a call lasts: Lambda lets them write in /tmp alone.
func WorkDir() string { return filepath.Join(os.TempDir(), "fflambda") }

// perCPU is the memory, in MB, that buys one vCPU (AWS Lambda's developer guide, "Configure Lambda function memory").
const perCPU = 1769

// CPUs is how many processors the function's memory buys, at least 1; 0 outside of Lambda: all. Lambda shows 2 of them
// to every function of 3008 MB or less.
func CPUs() int {
	memory, err := strconv.Atoi(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	if err != nil {
		return 0
	}
	return max(1, (memory+perCPU/2)/perCPU)
}
