package functions_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/table"
)

// TestTable: the table is the one that shared/table works with, and outlives its stack.
func TestTable(t *testing.T) {
	t.Parallel()
	r := translated(t).Resources["Table"]
	schema := generic(t, table.Schema("any"))
	for _, key := range []string{"AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"} {
		if diff := cmp.Diff(at(schema, key), r.Properties[key]); diff != "" {
			t.Errorf("%s (-shared/table +template):\n%s", key, diff)
		}
	}
	expiry := at(generic(t, table.TimeToLive("any")), "TimeToLiveSpecification")
	if diff := cmp.Diff(expiry, r.Properties["TimeToLiveSpecification"]); diff != "" {
		t.Errorf("TimeToLiveSpecification (-shared/table +template):\n%s", diff)
	}
	if at(r.Properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") != true || r.DeletionPolicy != "Retain" {
		t.Error("the table can be lost")
	}
}

// generic is v as JSON has it, without what is null.
func generic(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return withoutNull(out)
}

func withoutNull(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if value == nil {
				delete(v, key)
			} else {
				v[key] = withoutNull(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNull(v[i])
		}
	}
	return v
}

// TestQueues: a message is hidden for six times as long as its function may take (Lambda, "Using Lambda with Amazon SQS").
func TestQueues(t *testing.T) {
	t.Parallel()
	resources := translated(t).Resources
	for _, c := range []struct {
		source, function, queue, dead, batch string
		receives                             float64
	}{
		{"WorkerJob", "Worker", "JobsQueue", "JobsDeadQueue", "1", service.MaxReceive},
		{"WebhookNotice", "Webhook", "NoticesQueue", "NoticesDeadQueue", "10", 5},
	} {
		source, queue := resources[c.source].Properties, resources[c.queue].Properties
		if got := text(source["EventSourceArn"]); got != c.queue+".Arn" {
			t.Errorf("%s gets messages of %s, want %s", c.function, got, c.queue)
		}
		if text(source["BatchSize"]) != c.batch || text(source["FunctionResponseTypes"]) != "[ReportBatchItemFailures]" {
			t.Errorf("%s: a batch of %v, %v", c.function, source["BatchSize"], source["FunctionResponseTypes"])
		}
		timeout, _ := resources[c.function].Properties["Timeout"].(float64)
		if queue["VisibilityTimeout"] != 6*timeout {
			t.Errorf("%s hides a message for %v s, want 6 × %v", c.queue, queue["VisibilityTimeout"], timeout)
		}
		redrive := queue["RedrivePolicy"]
		if text(at(redrive, "deadLetterTargetArn")) != c.dead+".Arn" || at(redrive, "maxReceiveCount") != c.receives {
			t.Errorf("%s gives up to %v", c.queue, redrive)
		}
		if resources[c.dead].Properties["MessageRetentionPeriod"] != 1209600. {
			t.Errorf("%s forgets its messages early", c.dead)
		}
	}
}

// TestCircles follows who needs whom. CloudFormation refuses a circle, and only at the deployment.
func TestCircles(t *testing.T) {
	t.Parallel()
	resources := translated(t).Resources
	const underWay, done = 1, 2
	state := map[string]int{}
	var visit func(name string, way []string)
	visit = func(name string, way []string) {
		way = append(slices.Clone(way), name)
		switch state[name] {
		case underWay:
			t.Errorf("a circle: %s", strings.Join(way, " → "))
		case 0:
			state[name] = underWay
			for _, next := range needs(resources[name]) {
				if _, ok := resources[next]; ok {
					visit(next, way)
				}
			}
			state[name] = done
		}
	}
	for name := range resources {
		visit(name, nil)
	}
	if !slices.Contains(needs(resources["Bucket"]), "Ingest") {
		t.Error("the bucket does not need Ingest: this test sees too little")
	}
}

var substituted = regexp.MustCompile(`\$\{([A-Za-z0-9]+)`)

// needs is every name that r refers to, parameters and all.
func needs(r resource) []string {
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for key, value := range v {
				switch key {
				case "Ref":
					out = append(out, text(v))
				case "Fn::GetAtt":
					name, _, _ := strings.Cut(text(v), ".")
					out = append(out, name)
				case "Fn::Sub":
					for _, m := range substituted.FindAllStringSubmatch(text(v), -1) {
						out = append(out, m[1])
					}
					walk(value)
				default:
					walk(value)
				}
			}
		}
	}
	walk(r.Properties)
	for _, name := range list(r.DependsOn) {
		out = append(out, fmt.Sprint(name))
	}
	return out
}

// TestTags: whatever can have a tag says whose it is, so that costs can be told apart.
func TestTags(t *testing.T) {
	t.Parallel()
	without := []string{ // they have none
		"AWS::ApiGateway::BasePathMapping", "AWS::ApiGateway::Deployment", "AWS::CloudWatch::Dashboard", "AWS::Lambda::EventInvokeConfig",
		"AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission", "AWS::Route53::RecordSet", "AWS::S3::BucketPolicy",
		"AWS::SQS::QueuePolicy", "AWS::Scheduler::Schedule",
	}
	for name, r := range translated(t).Resources {
		if !slices.Contains(without, r.Type) && !strings.Contains(fmt.Sprint(r.Properties["Tags"]), "fflambda") {
			t.Errorf("%s, a %s, has no tag", name, r.Type)
		}
	}
}
