// Probe does what `mortise validate` asks of a pod, in order, and prints one line of JSON for each step: what it saw, or the error as the SDK or
// the kernel words it. It keeps and prints no value of a secret. README.md has the contract.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// A step of the order that is this program's one argument.
type step struct {
	ID string `json:"id"`
	Do string `json:"do"`
	// Longest time in milliseconds; 10 s when it is not said.
	Timeout int `json:"timeout"`

	Operation string `json:"operation"`
	Resource  string `json:"resource"`
	// Of a resource that is no ARN; else the pod's own.
	Region   string `json:"region"`
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Port     int    `json:"port"`
	Ports    []int  `json:"ports"`
	Folder   string `json:"folder"`
	File     string `json:"file"`
	JMESPath string `json:"jmesPath"`
	Version  string `json:"version"`
	Stage    string `json:"stage"`
	Text     string `json:"text"`
	// How often to look again, in milliseconds; the step then ends when what it looks for has changed.
	Every int `json:"every"`
}

// What was seen. `OK` says whether the thing that was tried worked; `Text` is for people.
type seen struct {
	ID    string         `json:"id"`
	OK    bool           `json:"ok"`
	Text  string         `json:"text"`
	Code  string         `json:"code,omitempty"`
	Facts map[string]any `json:"facts,omitempty"`
}

var doing = map[string]func(context.Context, step) seen{
	"caller":   caller,
	"call":     call,
	"metadata": metadata,
	"resolve":  resolve,
	"connect":  connect,
	"serve":    serve,
	"files":    files,
	"secret":   secret,
	"say":      say,
	"wait":     wait,
}

func main() {
	var order struct {
		Steps []step `json:"steps"`
	}
	if len(os.Args) != 2 {
		fatal("usage: probe '{\"steps\": […]}'")
	}
	if err := json.Unmarshal([]byte(os.Args[1]), &order); err != nil {
		fatal("the order is not JSON: %v", err)
	}
	askSTSThereToo()
	ending, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	for _, one := range order.Steps {
		report(run(ending, one))
	}
}

// The SDK asks STS for a web identity before it looks at AWS_ENDPOINT_URL; that of one service it does look at.
func askSTSThereToo() {
	if general := os.Getenv("AWS_ENDPOINT_URL"); general != "" && os.Getenv("AWS_ENDPOINT_URL_STS") == "" {
		os.Setenv("AWS_ENDPOINT_URL_STS", general)
	}
}

func run(ctx context.Context, one step) seen {
	do := doing[one.Do]
	if do == nil {
		return seen{ID: one.ID, Code: "UnknownStep", Text: fmt.Sprintf("this probe knows no step %q: its image is of another version", one.Do)}
	}
	limit := 10 * time.Second
	if one.Timeout > 0 {
		limit = time.Duration(one.Timeout) * time.Millisecond
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	result := do(bounded, one)
	result.ID = one.ID
	return result
}

func report(result seen) {
	line, err := json.Marshal(struct {
		Version int `json:"mortise"`
		seen
	}{1, result})
	if err != nil {
		fatal("%v", err)
	}
	fmt.Println(string(line))
}

func fatal(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(2)
}

// Lets so many milliseconds pass.
func wait(ctx context.Context, one step) seen {
	select {
	case <-ctx.Done():
		return seen{Text: "interrupted"}
	case <-time.After(time.Duration(one.Every) * time.Millisecond):
		return seen{OK: true, Text: "waited"}
	}
}

func say(_ context.Context, one step) seen {
	return seen{OK: true, Text: one.Text}
}
