package cloud

import (
	"math/rand/v2"
	"net"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/logging"
)

const (
	// attempts is how often a call is tried in all. It fails within 1 s where AWS answers 5xx, 6 s where it throttles
	// a client that was idle, 20 s where nothing answers: API Gateway waits 29 s, and our 503 says Retry-After.
	attempts = 4

	// backoff is the longest pause before the second try; it doubles with each. Pauses are random below that, so
	// that workers that were refused together do not come back together.
	backoff = 100 * time.Millisecond
)

// Prepare gives a loaded config what all of our clients share. It is part of Environment and of full.Load; tests call
// it for a config of their own.
func Prepare(cfg aws.Config) aws.Config {
	cfg.AppID = "fflambda" // in the User-Agent, so that CloudTrail tells whose calls they are
	cfg.HTTPClient = httpClient()
	cfg.Logger = logging.Nop{} // it would write lines between our JSON; what matters comes back as an error
	cfg.Retryer = func() aws.Retryer { return retryer() }
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), markBusy, limitAttempts)
	cfg.ServiceOptions = append(slices.Clone(cfg.ServiceOptions), pathStyle)
	return cfg
}

// retryer tries again what can pass. Adaptive: once AWS throttles, the client slows itself down below the rate that
// was refused, where the standard mode would go on at full speed and only spread the tries. One client serves one
// table or queue here, so nobody is slowed down for another's sake.
func retryer() aws.Retryer {
	return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = []func(*retry.StandardOptions){func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			o.Backoff = retry.BackoffDelayerFunc(pause)
			o.Retryables = passing()
		}}
	})
}

func pause(attempt int, _ error) (time.Duration, error) {
	return rand.N(backoff << (attempt - 1)), nil //nolint:gosec // not a secret, and attempt is small
}

// httpClient keeps connections open between calls: a TLS handshake costs more than a DynamoDB write.
func httpClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = 3 * time.Second }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = 3 * time.Second
			t.ResponseHeaderTimeout = 30 * time.Second // above SQS's longest poll; limitAttempts is closer where it can be
			t.MaxIdleConnsPerHost = 64                 // the SDK's 10 are few for `serve`, which has one host a service
		})
}

// pathStyle has an S3 client that was given an endpoint of its own put the bucket into the path: no name server
// answers for <bucket>.127.0.0.1. It sets the field by its name, as to import the s3 package here would link it into
// functions that have no use for it.
func pathStyle(service string, options any) {
	if service != "S3" {
		return
	}
	o := reflect.ValueOf(options).Elem()
	if !o.FieldByName("BaseEndpoint").IsNil() {
		o.FieldByName("UsePathStyle").SetBool(true)
	}
}
