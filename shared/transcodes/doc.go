// Package transcodes is the JSON of the /v1 API: it turns requests into jobs and jobs into answers.
//
// ParseCreate, ParsePresign, ParseConfirm and ParseList read what a client sends and refuse it with an *Error,
// which is the answer as it goes out. Show, Created and ShowPage make the answers; Encode writes any of them.
//
// The package is pure: it knows neither HTTP handlers nor tables, and imports only the domain and the texts of its rules on commands.
// Request fields are camelCase and matched letter by letter, answers are snake_case, times are UTC with milliseconds.
package transcodes
