// Package mlog stands in for the driver's logging module, which the module proxy does not serve: it logs as the standard library does.
package mlog

import (
	"context"
	"log"
)

type LogFormat string

const (
	FormatText LogFormat = "text"
	FormatJSON LogFormat = "json"
)

func Fatal(err error) { log.Fatal(err) }

func Error(message string, err error, values ...any) {
	log.Println(append([]any{message, err}, values...)...)
}

func Setup() func() { return func() {} }

func ValidateAndSetKlogLevelAndFormatGlobally(_ context.Context, _ any, _ LogFormat) error {
	return nil
}
