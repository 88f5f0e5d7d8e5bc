package table

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Rates is the part of the table that counts requests, for all who use it together.
//
// A bucket is an item that lives for one period: the time in which burst requests come at the rate. It begins full with
// each period, so that one conditional update does all, in one call and one write unit, refused or not: a bucket that
// fills up continuously would have to know when it was last used, and a second call where it was not lately. What that
// costs in exactness: somebody may use up two buckets around the end of a period. Over longer times the rate is exact.
type Rates struct{ table *Table }

// Rates returns the counts of requests of the table.
func (t *Table) Rates() *Rates { return &Rates{t} }

const (
	attributeTaken = "taken" // requests of the period

	maxPeriod = 365 * 24 * time.Hour
)

func rateKey(name string, period int64) item {
	return item{keyPartition: text("rate#" + name), keySort: text(strconv.FormatInt(period, 10))}
}

// Take takes one request of name's, or says after which time it may come again: name may make burst requests in each
// period of burst/perSecond seconds. An error says nothing about the rate. It comes at once: what DynamoDB throttles is not
// tried again.
func (r *Rates) Take(ctx context.Context, name string, perSecond float64, burst int) (wait time.Duration, ok bool, err error) {
	seconds := min(max(float64(burst)/perSecond, 0.001), maxPeriod.Seconds())
	length := time.Duration(seconds * float64(time.Second))
	now := r.table.now()
	period := now.UnixNano() / int64(length)
	end := time.Unix(0, (period+1)*int64(length))

	e := &expression{}
	e.increase(attributeTaken, 1)
	e.set(attributeExpires, number(end.Add(time.Minute).Unix()))
	taken := e.name(attributeTaken)
	e.conditions = append(e.conditions, "(attribute_not_exists("+taken+") OR "+taken+" < "+e.value(number(burst))+")")
	_, err = r.table.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &r.table.config.Name, Key: rateKey(name, period),
		UpdateExpression: e.update(), ConditionExpression: e.condition(),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	}, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
	if _, full := refused(err); full {
		return end.Sub(now), false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("take a request of %s: %w", name, err)
	}
	return 0, true, nil
}
