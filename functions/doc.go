// Package functions is the folder of the AWS Lambda functions that template.yaml deploys, one program in each folder.
// It has no code of its own: its tests are those of the template and of the events.
package functions
