// Package table keeps jobs, API keys and counts in one DynamoDB table. It has the methods of package sqlite and
// passes the same tests; what differs is said at List, and comes from DynamoDB's indexes: they follow the table within
// a second, usually, and cannot count.
//
// Every change of a job is one conditional UpdateItem, and nothing ever scans the table. New's client must try again
// what can pass by itself, and mark what is left as job.ErrBusy: package cloud makes such clients.
package table

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/fflambda/fflambda/shared/job"
)

// Config says which table, and how long it keeps what is done with.
type Config struct {
	Name string

	// Retention is how long a finished job can be found and listed after the day (UTC) on which it finished.
	// DynamoDB then deletes it. 0: for ever.
	Retention time.Duration

	// Meter says what owners may use, and how that is measured. The zero Meter limits nothing.
	Meter job.Meter
}

// Table is one DynamoDB table. It is safe for concurrent use.
type Table struct {
	client *dynamodb.Client
	config Config
	clock  *clock
	now    func() time.Time // the clock's
}

// New returns the table c.Name as client sees it. It does not call DynamoDB; Check does.
func New(client *dynamodb.Client, c Config) *Table {
	k := &clock{own: time.Now}
	return &Table{client: dynamodb.New(client.Options(), k.listen), config: c, clock: k, now: k.time}
}

// Check reads an item that is not there, for the health check: the table is, and we may read it.
func (t *Table) Check(ctx context.Context) error {
	if _, err := t.read(ctx, item{keyPartition: text("check"), keySort: text("check")}); err != nil {
		return fmt.Errorf("table %s: %w", t.config.Name, err)
	}
	return nil
}

// read returns the item, which is empty where there is none. It sees every write that was answered before.
func (t *Table) read(ctx context.Context, key item) (item, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &t.config.Name, Key: key, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// living is the first moment whose finished jobs are still there. They go by whole days, so that the counts of a day
// go together with its jobs.
func (t *Table) living() time.Time {
	if t.config.Retention <= 0 {
		return time.Time{}
	}
	return day(t.now().Add(-t.config.Retention))
}

// expires is the end of living for what finished at that time; ok is false where there is none.
func (t *Table) expires(finished time.Time) (at time.Time, ok bool) {
	return day(finished).Add(24*time.Hour + t.config.Retention), t.config.Retention > 0
}

// gone reports whether j is past its time, and only not deleted yet.
func (t *Table) gone(j job.Job) bool { return j.State.Terminal() && j.FinishedAt.Before(t.living()) }

// day is the beginning of t's day, in UTC.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// refused says whether a write failed by its condition, and what the item was then: nil, where there was none.
func refused(err error) (was item, ok bool) {
	failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	if !ok {
		return nil, false
	}
	return failed.Item, true
}

// fits turns DynamoDB's words for an item above its limit of 400 KB into job.ErrTooLarge.
func fits(err error) error {
	if e, ok := errors.AsType[smithy.APIError](err); ok && e.ErrorCode() == "ValidationException" &&
		strings.Contains(strings.ToLower(e.ErrorMessage()), "item size") {
		return fmt.Errorf("%w: %w", job.ErrTooLarge, err)
	}
	return err
}
