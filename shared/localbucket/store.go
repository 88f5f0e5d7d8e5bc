// Package localbucket is the S3 of a service that runs on one machine: versitygw, embedded, over a folder.
// It is a real S3 with signatures that are really checked, so the adapter (package bucket) and the clients that
// get presigned URLs are the same as in AWS. It listens on a socket in its folder; clients reach it through
// Handler, behind the program's own port.
//
// # The working directory
//
// versitygw changes the process's working directory to its folder and addresses every object relative to it.
// So there can be one open Store in a process, and from Open on:
//   - nobody may call os.Chdir (t.Chdir in tests), or objects silently land elsewhere;
//   - relative paths mean something else than before: resolve them before Open;
//   - a command that is started without a Dir of its own runs in the midst of the objects.
//
// Close does not change back: a request that outlives it must not write elsewhere.
//
// # What survives what
//
// An object is written to a file without a name and linked to its name when it is whole, so nobody ever sees half
// of one, whatever is killed when. versitygw does not sync: once a put is answered, the object is in the page cache.
// That survives the death of this process, but a power loss or a kernel crash can still take what was put in the
// last half minute or so, or leave the name with zeros in it, while the job's record (synced) says that it is there.
package localbucket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/job"
)

const (
	region       = "us-east-1"
	internalHost = "s3.internal" // never resolved: the transport dials the socket
)

// open mirrors something that a process has only one of, its working directory; it is no other kind of state.
var open atomic.Bool

// Config says where the objects lie and how the world sees them.
type Config struct {
	// Dir is the folder of the S3. It is made where it does not exist. Its filesystem must have extended attributes.
	// The caller sees to it that no other process uses it.
	Dir    string
	Bucket string // the one bucket: a folder of that name in Dir

	// PublicURL is where clients reach Handler ("http://127.0.0.1:8080"), without a path. Presigned URLs begin
	// with it, and a proxy in front must pass its host on as the Host header: the signature covers it.
	PublicURL string

	// SecretFile holds the keys that sign, mode 0600. It is made at first use. Presigned URLs live no longer than it.
	SecretFile string

	// OnPut is called with the key of each object that was put, copied or assembled, before its client is answered:
	// what it makes durable is not lost when this process dies. Nil: nobody is told.
	OnPut func(key string)

	Log *slog.Logger // nil: no log
}

// Store is a Bucket on this machine's disk, with what only a disk can do besides.
type Store struct {
	*bucket.Bucket
	dir       string // of the bucket, absolute
	folder    *folder
	gateway   *gateway
	transport *http.Transport
	handler   http.Handler
}

// Open starts the S3 of c.Dir and makes its bucket. It fails while another Store of this process is open.
// The context bounds the start only.
func Open(ctx context.Context, c Config) (*Store, error) {
	if !open.CompareAndSwap(false, true) {
		return nil, errors.New("open bucket: another one is open in this process")
	}
	s, err := start(ctx, c)
	if err != nil {
		open.Store(false)
		return nil, fmt.Errorf("open bucket %s: %w", c.Bucket, err)
	}
	return s, nil
}

func start(ctx context.Context, c Config) (*Store, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	public, err := publicBase(c.PublicURL)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	keys, err := loadKeys(c.SecretFile, c.Log)
	if err != nil {
		return nil, err
	}
	gw, err := startGateway(dir, keys, events{c.Bucket, c.OnPut}, c.Log)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: filepath.Join(dir, c.Bucket), gateway: gw, transport: socketTransport()}
	if err := s.openBucket(ctx, c.Bucket, public, keys); err != nil {
		return nil, errors.Join(err, s.stop(context.WithoutCancel(ctx)))
	}
	s.handler = newHandler(s.excusing(), &receiver{keys: keys, folder: s.folder, path: "/" + c.Bucket + "/", most: job.TempMax, log: c.Log})
	return s, nil
}

func (s *Store) excusing() http.RoundTripper { return excusing{s.transport, filepath.Dir(s.dir)} }

// openBucket makes the bucket where it does not exist, and opens its folder.
func (s *Store) openBucket(ctx context.Context, name, public string, keys keys) error {
	client := s3.New(s3.Options{
		Region:                     region,
		BaseEndpoint:               aws.String("http://" + internalHost),
		UsePathStyle:               true,
		Credentials:                credentials.NewStaticCredentialsProvider(keys.Access, keys.Secret, ""),
		HTTPClient:                 &http.Client{Transport: s.excusing()},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
	s.Bucket = bucket.New(client, bucket.Config{Name: name, PublicURL: public, LocalEndpoint: true})
	if s.Bucket.Check(ctx) != nil {
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name}); err != nil {
			return fmt.Errorf("make it: %w", err)
		}
	}
	s.folder = &folder{path: s.dir}
	root, err := s.folder.open()
	if err != nil {
		return err
	}
	return clearReceived(root)
}

// Close ends the S3. Requests under way are waited for, for as long as ctx allows but no more than 10 seconds;
// stop the server in front of Handler first.
func (s *Store) Close(ctx context.Context) error {
	if err := s.stop(ctx); err != nil {
		return fmt.Errorf("close bucket %s: %w", s.Name(), err)
	}
	open.Store(false)
	return nil
}

func (s *Store) stop(ctx context.Context) error {
	s.transport.CloseIdleConnections()
	err := s.gateway.stop(ctx)
	if s.folder != nil {
		err = errors.Join(err, s.folder.close())
	}
	return err
}

// publicBase checks a public URL and drops a port that is its scheme's own: clients differ in whether they send
// it in the Host header, which is signed.
func publicBase(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		(u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil {
		return "", fmt.Errorf("public URL %q: want http(s)://host[:port] and nothing else", text)
	}
	if (u.Scheme == "http" && u.Port() == "80") || (u.Scheme == "https" && u.Port() == "443") {
		u.Host = u.Host[:len(u.Host)-len(":"+u.Port())]
	}
	return u.Scheme + "://" + u.Host, nil
}
