package jobtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Queue is what RunQueue tests: all that the service asks of a queue.
type Queue interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
	Receive(ctx context.Context) (job.Message, error)
	Extend(ctx context.Context, m job.Message, visibility time.Duration) error
	Delete(ctx context.Context, m job.Message) error
	Dead(ctx context.Context, limit int) ([]job.Message, error)
}

// QueueOptions is how a suite wants its queue.
type QueueOptions struct {
	Visibility time.Duration
	MaxReceive int
}

// Except names a test of a suite that a stand-in cannot pass, and why. It is skipped.
type Except struct{ Test, Reason string }

// RunQueue is the conformance suite of queues. unit is the shortest visibility and delay that the queue can keep.
// open makes an empty queue for each test, and closes it by t.Cleanup.
func RunQueue(t *testing.T, unit time.Duration, open func(t *testing.T, o QueueOptions) Queue, except ...Except) {
	long := QueueOptions{Visibility: 10 * time.Minute, MaxReceive: 3}
	short := QueueOptions{Visibility: unit, MaxReceive: 100}
	held := QueueOptions{Visibility: 2 * unit, MaxReceive: 100} // what is done in time has one more unit for it
	dying := QueueOptions{Visibility: unit, MaxReceive: 2}
	for _, test := range []struct {
		name string
		o    QueueOptions
		run  func(*testing.T, Queue, time.Duration)
	}{
		{"deliver", long, testDeliver},
		{"many receivers", long, testReceivers},
		{"wake up", long, testWakeUp},
		{"context", long, testContext},
		{"delay", long, testDelay},
		{"redeliver", short, testRedeliver},
		{"stale receipt", short, testStale},
		{"bad receipt", long, testBadReceipt},
		{"extend", held, testExtend},
		{"give back", long, testGiveBack},
		{"dead letter", dying, testDead},
		{"fair", long, testFair},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, e := range except {
				if e.Test == test.name {
					t.Skip(e.Reason)
				}
			}
			test.run(t, open(t, test.o), unit)
		})
	}
}

func testDeliver(t *testing.T, q Queue, _ time.Duration) {
	var want, got []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("message %02d é 🎬 <&>", i))
		send(t, q, want[i], 0)
	}
	for range want {
		m := receive(t, q)
		if m.Received != 1 {
			t.Errorf("%q says that it was received %d times", m.Body, m.Received)
		}
		got = append(got, m.Body)
		remove(t, q, m)
		wantTooLate(t, "Delete of a deleted message", q.Delete(within(t), m))
	}
	slices.Sort(got)
	if d := diff(want, got); d != "" {
		t.Errorf("wrong messages (-sent +received):\n%s", d)
	}
}

// testReceivers: each message goes to one of many receivers.
func testReceivers(t *testing.T, q Queue, _ time.Duration) {
	const messages = 100
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	sending := within(t) // the last message can be received before its sender is answered
	bodies := make(chan string, messages)
	received := make(chan []string)
	go func() {
		seen := []string{}
		for len(seen) < messages && ctx.Err() == nil {
			select {
			case b := <-bodies:
				seen = append(seen, b)
			case <-ctx.Done():
			}
		}
		cancel() // the receivers end
		received <- seen
	}()
	each(claimants+1, func(i int) error {
		if i == claimants {
			for n := range messages {
				if err := q.Send(sending, fmt.Sprintf("%03d", n), "", 0); err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		for {
			m, err := q.Receive(ctx)
			if err != nil {
				if ctx.Err() == nil {
					t.Error(err)
				}
				return err
			}
			bodies <- m.Body
		}
	})
	seen := <-received
	slices.Sort(seen)
	if distinct := len(slices.Compact(slices.Clone(seen))); len(seen) != messages || distinct != messages {
		t.Errorf("received %d messages, %d different ones; want %d", len(seen), distinct, messages)
	}
}

// testWakeUp: a blocked receiver gets a message much sooner than by looking now and then.
func testWakeUp(t *testing.T, q Queue, _ time.Duration) {
	ctx := within(t)
	const rounds = 20
	got := make(chan error)
	go func() {
		for range rounds {
			m, err := q.Receive(ctx)
			if err == nil {
				err = q.Delete(ctx, m)
			}
			got <- err
		}
	}()
	start := time.Now()
	for range rounds {
		send(t, q, "wake up", 0)
		if err := <-got; err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took > rounds*time.Second/4 {
		t.Errorf("%d messages to a waiting receiver took %s", rounds, took)
	}
}

// testContext: a receiver that gives up says so, and takes no message with it.
func testContext(t *testing.T, q Queue, unit time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), unit)
	defer cancel()
	if m, err := q.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Receive from an empty queue: %v, %v; want the context's error", m, err)
	}
	send(t, q, "still there", 0)
	if m, err := q.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Receive with an ended context: %v, %v; want the context's error", m, err)
	}
	if err := q.Send(ctx, "never sent", "", 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Send with an ended context: %v, want the context's error", err)
	}
	if m := receive(t, q); m.Body != "still there" || m.Received != 1 {
		t.Errorf("received %q for the %d. time, want the message for the first time", m.Body, m.Received)
	}
}

func testDelay(t *testing.T, q Queue, unit time.Duration) {
	start := time.Now()
	send(t, q, "later", 2*unit)
	send(t, q, "now", 0)
	if m := receive(t, q); m.Body != "now" {
		t.Errorf("received %q first", m.Body)
	}
	m := receive(t, q)
	if took := time.Since(start); m.Body != "later" || took < 2*unit-2*time.Millisecond {
		t.Errorf("received %q after %s, want the delayed one after %s", m.Body, took, 2*unit)
	}
}

func testRedeliver(t *testing.T, q Queue, _ time.Duration) {
	send(t, q, "again and again", 0)
	receipts := map[string]bool{}
	for n := 1; n <= 4; n++ {
		m := receive(t, q)
		if m.Body != "again and again" || m.Received != n {
			t.Errorf("received %q, received %d; want %d", m.Body, m.Received, n)
		}
		receipts[m.Receipt] = true
	}
	if len(receipts) != 4 {
		t.Errorf("4 deliveries had %d receipts", len(receipts))
	}
}

// testStale: who let a message go has no say over it any more, and who has it now keeps it.
func testStale(t *testing.T, q Queue, _ time.Duration) {
	send(t, q, "taken over", 0)
	first := receive(t, q)
	second := receive(t, q) // when the first one's time is over
	wantTooLate(t, "Delete with a stale receipt", q.Delete(within(t), first))
	wantTooLate(t, "Extend with a stale receipt", q.Extend(within(t), first, time.Hour))
	if err := q.Extend(within(t), second, time.Hour); err != nil {
		t.Errorf("Extend by who has the message now: %v", err)
	}
	remove(t, q, second)
}

// testBadReceipt: what was deleted cannot be held, and a text that is no receipt holds nothing.
func testBadReceipt(t *testing.T, q Queue, _ time.Duration) {
	send(t, q, "to be deleted", 0)
	m := receive(t, q)
	remove(t, q, m)
	if err := q.Extend(within(t), m, time.Hour); !errors.Is(err, job.ErrGone) {
		t.Errorf("Extend of a deleted message: %v, want job.ErrGone", err)
	}
	for _, receipt := range []string{"", "nonsense", "1.", "9.9.9"} {
		if err := q.Delete(within(t), job.Message{Receipt: receipt}); !errors.Is(err, job.ErrGone) {
			t.Errorf("Delete with the receipt %q: %v, want job.ErrGone", receipt, err)
		}
	}
}

// testExtend: a message whose time was prolonged does not come again when its first time is over.
func testExtend(t *testing.T, q Queue, unit time.Duration) {
	send(t, q, "held", 0)
	held := receive(t, q)
	if err := q.Extend(within(t), held, 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	send(t, q, "after", 4*unit)
	if m := receive(t, q); m.Body != "after" {
		t.Errorf("received %q, want the other message", m.Body)
	}
	remove(t, q, held)
}

// testGiveBack: Extend by nothing makes a message receivable at once.
func testGiveBack(t *testing.T, q Queue, _ time.Duration) {
	send(t, q, "given back", 0)
	m := receive(t, q)
	if err := q.Extend(within(t), m, 0); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, q); m.Body != "given back" || m.Received != 2 {
		t.Errorf("received %q, received %d; want the same message for the 2. time", m.Body, m.Received)
	}
}

// testDead: a message that was received MaxReceive times is not delivered again, but kept aside.
func testDead(t *testing.T, q Queue, unit time.Duration) {
	send(t, q, "poison", 0)
	receive(t, q)
	last := receive(t, q)
	if last.Received != 2 {
		t.Errorf("received %d times, want 2", last.Received)
	}
	send(t, q, "healthy", 3*unit)
	m := receive(t, q)
	if m.Body != "healthy" {
		t.Fatalf("received %q, want the other message", m.Body)
	}
	remove(t, q, m)
	letters := waitDead(t, q, unit)
	if len(letters) != 1 || letters[0].Body != "poison" || letters[0].Received != 2 {
		t.Errorf("dead letters are %+v, want the one that was received 2 times", letters)
	}
	wantTooLate(t, "Delete of a dead letter with an old receipt", q.Delete(within(t), last))
	for _, letter := range letters {
		if err := q.Extend(within(t), letter, time.Hour); !errors.Is(err, job.ErrGone) {
			t.Errorf("Extend of a dead letter: %v, want job.ErrGone", err)
		}
		remove(t, q, letter)
	}
}

// waitDead lists the dead letters as soon as there is one. Queues move them there when somebody receives.
func waitDead(t *testing.T, q Queue, unit time.Duration) []job.Message {
	t.Helper()
	ctx := within(t)
	for {
		letters, err := q.Dead(ctx, 10)
		if err != nil || len(letters) > 0 {
			if err != nil {
				t.Error(err)
			}
			return letters
		}
		short, cancel := context.WithTimeout(ctx, unit)
		m, err := q.Receive(short)
		cancel()
		if err == nil {
			t.Errorf("received %q from a queue that holds dead letters only", m.Body)
		}
	}
}

// wantTooLate checks the answer to a call with a receipt that is out of date. A queue may take it without a word, as SQS
// does, as long as it changes nothing.
func wantTooLate(t *testing.T, call string, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, job.ErrGone) {
		t.Errorf("%s: %v, want job.ErrGone or nothing", call, err)
	}
}

func send(t *testing.T, q Queue, body string, delay time.Duration) {
	t.Helper()
	if err := q.Send(within(t), body, "", delay); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, q Queue) job.Message {
	t.Helper()
	m, err := q.Receive(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// remove deletes a message that must be ours.
func remove(t *testing.T, q Queue, m job.Message) {
	t.Helper()
	if err := q.Delete(within(t), m); err != nil {
		t.Fatal(err)
	}
}
