package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/jmespath/go-jmespath"
)

// Made anew in each pod and never told: a bare hash of a short password could be guessed from a log.
var salt = func() []byte {
	key := make([]byte, 32)
	rand.Read(key) // never fails: https://pkg.go.dev/crypto/rand#Read
	return key
}()

// Tells contents of one pod apart, and nothing about them.
func tag(contents []byte) string {
	hash := hmac.New(sha256.New, salt)
	hash.Write(contents)
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// Names, sizes, modes and tags of the files of a mounted folder.
func files(_ context.Context, one step) seen {
	entries, err := os.ReadDir(one.Folder)
	if err != nil {
		return failed(err)
	}
	found := []map[string]any{}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "..") {
			continue // where the kubelet and drivers keep versions
		}
		path := filepath.Join(one.Folder, entry.Name())
		information, err := os.Stat(path)
		if err != nil {
			return failed(err)
		}
		file := map[string]any{"name": entry.Name(), "size": information.Size(), "mode": fmt.Sprintf("%04o", information.Mode().Perm())}
		if contents, err := os.ReadFile(path); err == nil {
			file["tag"] = tag(contents)
		} else {
			file["error"] = err.Error()
		}
		found = append(found, file)
	}
	return seen{OK: true, Text: fmt.Sprintf("%d files", len(found)), Facts: map[string]any{"files": found}}
}

// Compares a mounted file with what its secret or parameter holds now, which this pod asks for with its own credentials. With `every`, until the
// file has changed and is current again.
func secret(ctx context.Context, one step) seen {
	first := compared(ctx, one)
	if one.Every == 0 || first.Facts == nil {
		return first
	}
	began := time.Now()
	latest := first
	for {
		select {
		case <-ctx.Done():
			return seen{Code: "timeout", Text: "the file has not followed", Facts: latest.Facts}
		case <-time.After(time.Duration(one.Every) * time.Millisecond):
		}
		next := compared(ctx, one)
		if next.OK && next.Facts["mounted"] != first.Facts["mounted"] {
			next.Facts["seconds"] = time.Since(began).Round(100 * time.Millisecond).Seconds()
			return next
		}
		if next.Facts != nil {
			next.Facts["changed"] = next.Facts["version"] != first.Facts["version"]
			latest = next
		}
	}
}

func compared(ctx context.Context, one step) seen {
	mounted, err := os.ReadFile(one.File)
	if err != nil {
		return failed(err)
	}
	current, version, err := currentValue(ctx, one)
	if err != nil {
		return failed(err)
	}
	same := hmac.Equal([]byte(tag(mounted)), []byte(tag(current)))
	text := "the file holds version " + version
	if !same {
		text = "the file holds something else than version " + version
	}
	return seen{OK: same, Text: text, Facts: map[string]any{"version": version, "mounted": tag(mounted), "current": tag(current)}}
}

func currentValue(ctx context.Context, one step) ([]byte, string, error) {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, "", err
	}
	settings.Region = regionOf(one, settings.Region)
	if one.Operation == "ssm:GetParameters" {
		return parameterValue(ctx, settings, one)
	}
	input := &secretsmanager.GetSecretValueInput{SecretId: &one.Resource}
	if one.Version != "" {
		input.VersionId = &one.Version
	}
	if one.Stage != "" {
		input.VersionStage = &one.Stage
	}
	answer, err := secretsmanager.NewFromConfig(settings).GetSecretValue(ctx, input)
	if err != nil {
		return nil, "", err
	}
	contents := answer.SecretBinary
	if answer.SecretString != nil {
		contents = []byte(*answer.SecretString)
	}
	part, err := partOf(contents, one.JMESPath)
	return part, aws.ToString(answer.VersionId), err
}

func parameterValue(ctx context.Context, settings aws.Config, one step) ([]byte, string, error) {
	names := []string{parameterName(one.Resource)}
	answer, err := ssm.NewFromConfig(settings).GetParameters(ctx, &ssm.GetParametersInput{Names: names, WithDecryption: aws.Bool(true)})
	if err != nil {
		return nil, "", err
	}
	if len(answer.Parameters) != 1 {
		return nil, "", fmt.Errorf("invalid parameters: %s", strings.Join(answer.InvalidParameters, ", "))
	}
	part, err := partOf([]byte(aws.ToString(answer.Parameters[0].Value)), one.JMESPath)
	return part, fmt.Sprint(answer.Parameters[0].Version), err
}

// No error of a JSON parser is passed on: it may quote the value.
func partOf(contents []byte, path string) ([]byte, error) {
	if path == "" {
		return contents, nil
	}
	var data any
	if json.Unmarshal(contents, &data) != nil {
		return nil, errors.New("the secret is not JSON, and its class asks for a part of it")
	}
	found, err := jmespath.Search(path, data)
	if err != nil {
		return nil, errors.New("the path of the class is no JMESPath")
	}
	text, isText := found.(string)
	if !isText {
		return nil, errors.New("the path of the class leads to no text")
	}
	return []byte(text), nil
}
