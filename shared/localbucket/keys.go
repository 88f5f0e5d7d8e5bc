package localbucket

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// keys are what requests are signed with. Whoever has them may do everything with the bucket.
type keys struct {
	Access string `json:"access_key"`
	Secret string `json:"secret_key"`
}

// loadKeys reads the secret file, or makes it.
func loadKeys(file string, log *slog.Logger) (keys, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKeys(file)
	}
	if err != nil {
		return keys{}, err
	}
	var k keys
	if err := json.Unmarshal(text, &k); err != nil || k.Access == "" || k.Secret == "" {
		return keys{}, fmt.Errorf("%s does not hold an access key and a secret key; remove it to have new ones made (links given out so far then end)", file)
	}
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn("the secret of the local S3 can be read by other users; chmod 600 it", "file", filepath.Base(file))
	}
	return k, nil
}

// makeKeys writes new keys under another name first, so that a crash leaves no half file.
func makeKeys(file string) (keys, error) {
	k := keys{Access: "LOCAL" + rand.Text()[:15], Secret: rand.Text() + rand.Text()}
	text, err := json.Marshal(k)
	if err != nil {
		return keys{}, err
	}
	temp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // mode 0600
	if err != nil {
		return keys{}, err
	}
	_, err = temp.Write(append(text, '\n'))
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return keys{}, errors.Join(err, os.Remove(temp.Name()))
	}
	return k, nil
}
