package parameter

import "time"

// Age makes what is known of the secret older than Fresh.
func (s *Secret) Age() { s.asked = time.Time{} }
