package table

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// item is an item of the table, or its key.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number[N int | int64](n N) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(int64(n), 10)}
}

// textOf is the text of an attribute, empty where there is none.
func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// numberOf is the whole number of an attribute, 0 where there is none.
func numberOf(v types.AttributeValue) int {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		i, _ := strconv.Atoi(n.Value) //nolint:errcheck // only whole numbers are ever written
		return i
	}
	return 0
}

// timeForm is how times are written: all of one length, so that they sort as texts.
const timeForm = "2006-01-02T15:04:05.000Z"

// timeText writes t. A later time than the form can hold becomes the last one that it can.
func timeText(t time.Time) string {
	last := time.Date(9999, 12, 31, 23, 59, 59, int(999*time.Millisecond), time.UTC)
	if t.After(last) {
		t = last
	}
	return t.UTC().Format(timeForm)
}

// timeOf reads what timeText or timeKey wrote; the zero time where there is nothing.
func timeOf(s string) time.Time {
	t, _ := time.Parse(timeForm, s[:min(len(s), len(timeForm))]) //nolint:errcheck // only times are ever written
	return t
}

// timeKey is t and id as the sort key of an index.
func timeKey(t time.Time, id string) string { return timeText(t) + "#" + id }

// expression gathers the parts of an update or a query. Names and values always go by placeholders: many of our names
// are words that DynamoDB reserves.
type expression struct {
	sets, removes, adds, conditions []string

	names  map[string]string
	values item // nil, not empty, where there are none: DynamoDB wants it so
}

// name is the placeholder of an attribute.
func (e *expression) name(attribute string) string {
	if e.names == nil {
		e.names = map[string]string{}
	}
	e.names["#"+attribute] = attribute
	return "#" + attribute
}

// value is the placeholder of a value.
func (e *expression) value(v types.AttributeValue) string {
	if e.values == nil {
		e.values = item{}
	}
	placeholder := ":" + strconv.Itoa(len(e.values))
	e.values[placeholder] = v
	return placeholder
}

// set has the attribute become v, or go where v is nil.
func (e *expression) set(attribute string, v types.AttributeValue) {
	if v == nil {
		e.removes = append(e.removes, e.name(attribute))
		return
	}
	e.sets = append(e.sets, e.name(attribute)+" = "+e.value(v))
}

// setTime has the attribute become t, or go where t is zero.
func (e *expression) setTime(attribute string, t time.Time) {
	if t.IsZero() {
		e.set(attribute, nil)
		return
	}
	e.set(attribute, text(timeText(t)))
}

// increase adds n to a number.
func (e *expression) increase(attribute string, n int) {
	e.adds = append(e.adds, e.name(attribute)+" "+e.value(number(n)))
}

// where adds the condition that the attribute compares so with v.
func (e *expression) where(attribute, compares string, v types.AttributeValue) {
	e.conditions = append(e.conditions, e.name(attribute)+" "+compares+" "+e.value(v))
}

// update is the UpdateExpression.
func (e *expression) update() *string {
	var clauses []string
	for _, clause := range []struct {
		word  string
		parts []string
	}{{"SET ", e.sets}, {"REMOVE ", e.removes}, {"ADD ", e.adds}} {
		if len(clause.parts) > 0 {
			clauses = append(clauses, clause.word+strings.Join(clause.parts, ", "))
		}
	}
	return aws.String(strings.Join(clauses, " "))
}

// condition is all conditions at once, or nil where there are none.
func (e *expression) condition() *string {
	if len(e.conditions) == 0 {
		return nil
	}
	return aws.String(strings.Join(e.conditions, " AND "))
}
