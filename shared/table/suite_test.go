package table_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/table"
)

// standIns are the servers that the suites run against.
var standIns = []struct {
	name   string
	client func(testing.TB) *dynamodb.Client
}{
	{"DynamoDB Local", local},
	{"moto", func(tb testing.TB) *dynamodb.Client {
		c := config(standin.Moto(tb))
		// moto looks at a condition and then writes, and lets others write in between.
		c.HTTPClient = &oneAtATime{client: c.HTTPClient}
		return dynamodb.NewFromConfig(c)
	}},
}

func local(tb testing.TB) *dynamodb.Client {
	return dynamodb.NewFromConfig(config(standin.DynamoDB(tb)))
}

// oneAtATime sends a request when the one before was answered.
type oneAtATime struct {
	mu     sync.Mutex
	client aws.HTTPClient
}

func (o *oneAtATime) Do(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.client.Do(r)
}

func TestTable(t *testing.T) {
	t.Parallel()
	for _, s := range standIns {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			client := s.client(t)
			jobtest.RunTable(t, func(t *testing.T) jobtest.Table { return open(t, client, table.Config{}).Jobs() })
		})
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	for _, s := range standIns {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			client := s.client(t)
			jobtest.RunQuota(t, func(t *testing.T, m job.Meter) jobtest.Table {
				return open(t, client, table.Config{Meter: m, Retention: 1000 * time.Hour}).Jobs()
			})
		})
	}
}

func TestPoller(t *testing.T) {
	t.Parallel()
	jobtest.RunPoller(t, open(t, local(t), table.Config{}).Jobs())
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for _, s := range standIns {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			client := s.client(t)
			jobtest.RunKeys(t, func(t *testing.T) (server, command jobtest.Keys) {
				keys := open(t, client, table.Config{}).Keys()
				return keys, keys
			})
		})
	}
}

// config is how programs reach AWS, turned to a stand-in.
func config(endpoint string) aws.Config {
	return cloud.Prepare(aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// open makes an empty table. It stays until the stand-in ends, with the test binary.
func open(tb testing.TB, client *dynamodb.Client, c table.Config) *table.Table {
	tb.Helper()
	c.Name = name()
	if err := table.CreateTable(tb.Context(), client, c.Name); err != nil {
		tb.Fatal(err)
	}
	return table.New(client, c)
}

// name is a new one for a table.
func name() string { return "t" + job.NewID() }
