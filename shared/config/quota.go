package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// noQuota is how an owner is freed of the quota that all others have.
const noQuota = "none"

// quota reads "minutes=1000,jobs=500,bytes=50GB": some of the three, each once.
func quota(raw string) (job.Quota, error) {
	q := job.Quota{}
	if strings.TrimSpace(raw) == noQuota {
		return q, nil
	}
	for part := range strings.SplitSeq(raw, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		metric := job.Metric(name)
		if _, twice := q[metric]; twice {
			return nil, fmt.Errorf("wants %s only once", metric)
		}
		n, err := amount(metric, strings.TrimSpace(value))
		if err != nil {
			return nil, err
		}
		q[metric] = n
	}
	return q, nil
}

// amount reads the limit of one metric. 0 is a limit too: it lets nothing in.
func amount(metric job.Metric, raw string) (float64, error) {
	switch metric {
	case job.MetricMinutes:
		n, err := strconv.ParseFloat(raw, 64)
		if err != nil || !(n >= 0 && n <= math.MaxInt32) { // the odd form also refuses NaN
			return 0, errors.New("wants minutes as a number from 0 to 2147483647, such as 1000 or 0.5")
		}
		return n, nil
	case job.MetricJobs:
		n, err := strconv.ParseUint(raw, 10, 31)
		if err != nil {
			return 0, errors.New("wants jobs as a whole number from 0 to 2147483647")
		}
		return float64(n), nil
	case job.MetricBytes:
		if raw == "0" {
			return 0, nil
		}
		n, err := size(raw)
		if err != nil {
			return 0, errors.New("wants bytes as 0 or a size to 1024TiB, such as 500MB or 50GiB")
		}
		return float64(n), nil
	}
	return 0, errors.New("wants minutes, jobs and bytes with their limits, such as minutes=1000,jobs=500,bytes=50GB, or " + noQuota)
}

// ownerQuotas reads "alice:jobs=10;bob:none".
func ownerQuotas(raw string) (map[string]job.Quota, error) {
	all := map[string]job.Quota{}
	for part := range strings.SplitSeq(raw, ";") {
		owner, text, _ := strings.Cut(strings.TrimSpace(part), ":")
		_, twice := all[owner]
		if !job.IsOwner(owner) || twice {
			return nil, errors.New("wants each owner once with a quota, such as alice:jobs=10,minutes=5;bob:none")
		}
		q, err := quota(text)
		if err != nil {
			return nil, fmt.Errorf("%w (owner %s)", err, owner)
		}
		all[owner] = q
	}
	return all, nil
}
