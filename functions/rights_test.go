package functions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rights is what each function may do, all of it: an action and the resources it is allowed on. A change of a role has
// to be made here too, so that a reviewer sees it.
func rights() map[string][]string {
	const rates = "dynamodb:UpdateItem: Table (of rate#*)" // who changes jobs may change all items, counts of requests too
	link := func(more ...string) []string {                // for functions that make or follow download links
		return append(more, "ssm:GetParameter: link-key", "ssm:PutParameter: link-key (never over another)")
	}
	return map[string][]string{
		"Create": link(
			"dynamodb:BatchGetItem: Table", "dynamodb:GetItem: Table", "dynamodb:PutItem: Table", "dynamodb:UpdateItem: Table",
			"dynamodb:Query: Table, Table/index/created, Table/index/updated",
			"sqs:GetQueueAttributes: JobsQueue", "sqs:SendMessage: JobsQueue, NoticesQueue",
			"s3:ListBucket: Bucket", "s3:GetObject: Bucket/jobs/*, Bucket/tmp/*, Bucket/uploads/*", "s3:PutObject: Bucket/tmp/*, Bucket/uploads/*"),
		"Status": link(rates,
			"dynamodb:BatchGetItem: Table", "dynamodb:GetItem: Table", "dynamodb:Query: Table, Table/index/created, Table/index/updated"),
		"Cancel":   link("dynamodb:BatchGetItem: Table", "dynamodb:GetItem: Table", "dynamodb:UpdateItem: Table", "sqs:SendMessage: NoticesQueue"),
		"Download": link(rates, "dynamodb:BatchGetItem: Table", "dynamodb:GetItem: Table", "s3:GetObject: Bucket/jobs/*, Bucket/tmp/*"),
		"Upload":   link(rates, "dynamodb:GetItem: Table", "s3:PutObject: Bucket/tmp/*, Bucket/uploads/*"),
		"Probe":    {rates, "dynamodb:GetItem: Table", "s3:ListBucket: Bucket", "s3:GetObject: Bucket/jobs/*, Bucket/tmp/*, Bucket/uploads/*"},
		"Worker": link(
			"dynamodb:GetItem: Table", "dynamodb:UpdateItem: Table", "dynamodb:Query: Table/index/created",
			"sqs:ChangeMessageVisibility: JobsQueue", "sqs:DeleteMessage: JobsQueue", "sqs:GetQueueAttributes: JobsQueue",
			"sqs:ReceiveMessage: JobsQueue", "sqs:SendMessage: JobsQueue, NoticesQueue",
			"s3:ListBucket: Bucket", "s3:GetObject: Bucket/inbox/*, Bucket/jobs/*, Bucket/tmp/*, Bucket/uploads/*",
			"s3:PutObject: Bucket/jobs/*", "s3:DeleteObject: Bucket/jobs/*", "s3:AbortMultipartUpload: Bucket/jobs/*"),
		"Webhook": link(
			"ssm:GetParameter: webhook-secret", "ssm:PutParameter: webhook-secret (never over another)",
			"dynamodb:GetItem: Table", "dynamodb:UpdateItem: Table",
			"sqs:ChangeMessageVisibility: NoticesQueue", "sqs:DeleteMessage: NoticesQueue", "sqs:GetQueueAttributes: NoticesQueue",
			"sqs:ReceiveMessage: NoticesQueue", "sqs:SendMessage: NoticesQueue",
			"s3:ListBucket: Bucket", "s3:GetObject: Bucket/jobs/*", "s3:PutObject: Bucket/outbox/*", "s3:AbortMultipartUpload: Bucket/outbox/*"),
		"Rescue": {
			"dynamodb:BatchGetItem: Table", "dynamodb:GetItem: Table", "dynamodb:UpdateItem: Table", "dynamodb:Query: Table/index/due",
			"sqs:GetQueueAttributes: JobsDeadQueue, JobsQueue", "sqs:SendMessage: JobsQueue, NoticesQueue",
			"sqs:ReceiveMessage: JobsDeadQueue", "sqs:DeleteMessage: JobsDeadQueue"},
		"Ingest": {
			"dynamodb:GetItem: Table", "dynamodb:PutItem: Table", "dynamodb:Query: Table", "dynamodb:UpdateItem: Table",
			"sqs:SendMessage: IngestDeadQueue, JobsQueue",
			"s3:ListBucket: Bucket", "s3:GetObject: Bucket/inbox/*", "s3:PutObject: Bucket/outbox/*"},
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	template := translated(t)
	want := rights()
	for _, name := range names() {
		role := text(template.Resources[name].Properties["Role"])
		if role != name+"Role.Arn" {
			t.Errorf("%s has the role %s, want one of its own", name, role)
		}
		expected := slices.Concat(want[name], []string{"logs:CreateLogStream: " + name + "Log", "logs:PutLogEvents: " + name + "Log"})
		slices.Sort(expected)
		if diff := cmp.Diff(expected, allowed(template.Resources[name+"Role"])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"lambda:InvokeFunction: Rescue"}, allowed(template.Resources["RescueMinuteRole"])); diff != "" {
		t.Errorf("the schedule (-want +got):\n%s", diff)
	}
}

// TestRoles looks for what a right that is not in an own inline policy could come from.
func TestRoles(t *testing.T) {
	t.Parallel()
	for name, r := range translated(t).Resources {
		switch r.Type {
		case "AWS::IAM::Role":
			if managed := r.Properties["ManagedPolicyArns"]; managed != nil {
				t.Errorf("%s has managed policies, which allow on \"*\": %v", name, managed)
			}
			for _, right := range allowed(r) {
				action, on, _ := strings.Cut(right, ": ")
				if strings.Contains(action, "*") || slices.Contains(strings.Split(on, ", "), "*") {
					t.Errorf("%s may %s", name, right)
				}
			}
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Url":
			t.Errorf("%s is a %s, which this test does not look into", name, r.Type)
		}
	}
}

// allowed is what a role's policies allow, sorted: "action: resource, resource".
func allowed(role resource) []string {
	short := strings.NewReplacer(
		"arn:${AWS::Partition}:s3:::${BucketId.Value}", "Bucket",
		"arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/", "",
		"${Table.Arn}", "Table")
	words := strings.NewReplacer(
		"map[StringNotEquals:map[ssm:Overwrite:true]]", "never over another",
		"map[ForAllValues:StringLike:map[dynamodb:LeadingKeys:[rate#*]]]", "of rate#*")
	on := map[string][]string{}
	conditions := map[string]string{}
	for _, policy := range list(role.Properties["Policies"]) {
		for _, statement := range list(at(policy, "PolicyDocument", "Statement")) {
			for _, action := range list(at(statement, "Action")) {
				action := fmt.Sprint(action)
				if condition := at(statement, "Condition"); condition != nil {
					conditions[action] = " (" + words.Replace(fmt.Sprint(condition)) + ")"
				}
				for _, r := range list(at(statement, "Resource")) {
					on[action] = append(on[action], strings.TrimSuffix(short.Replace(text(r)), ".Arn"))
				}
			}
		}
	}
	var out []string
	for action, resources := range on {
		slices.Sort(resources)
		if strings.HasPrefix(action, "ssm:") { // one line a secret
			for _, r := range resources {
				out = append(out, action+": "+r+conditions[action])
			}
			continue
		}
		out = append(out, action+": "+strings.Join(resources, ", ")+conditions[action])
	}
	slices.Sort(out)
	return out
}
