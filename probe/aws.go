package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// Who AWS says this pod is, by the SDK's default chain.
func caller(ctx context.Context, one step) seen {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return failed(err)
	}
	credentials, err := settings.Credentials.Retrieve(ctx)
	if err != nil {
		result := failed(err)
		result.Facts = map[string]any{"stage": "credentials"}
		return result
	}
	identity, err := sts.NewFromConfig(settings).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		result := failed(err)
		result.Facts = map[string]any{"stage": "call", "source": credentials.Source}
		return result
	}
	return seen{OK: true, Text: aws.ToString(identity.Arn), Facts: map[string]any{"source": credentials.Source}}
}

// Operations that change nothing, by their IAM action. What they answer is dropped.
var operations = map[string]func(context.Context, aws.Config, string) error{
	"kms:DescribeKey": func(ctx context.Context, settings aws.Config, key string) error {
		_, err := kms.NewFromConfig(settings).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
		return err
	},
	"s3:GetObject": func(ctx context.Context, settings aws.Config, arn string) error {
		bucket, key, _ := strings.Cut(lastPart(arn), "/")
		_, err := objects(settings).GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key, Range: aws.String("bytes=0-0")})
		return err
	},
	"s3:ListBucket": func(ctx context.Context, settings aws.Config, arn string) error {
		bucket := lastPart(arn)
		_, err := objects(settings).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(1)})
		return err
	},
	"secretsmanager:DescribeSecret": func(ctx context.Context, settings aws.Config, id string) error {
		_, err := secretsmanager.NewFromConfig(settings).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id})
		return err
	},
	"secretsmanager:GetSecretValue": func(ctx context.Context, settings aws.Config, id string) error {
		_, err := secretsmanager.NewFromConfig(settings).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
		return err
	},
	"ssm:GetParameters": func(ctx context.Context, settings aws.Config, arn string) error {
		name := parameterName(arn)
		_, err := ssm.NewFromConfig(settings).GetParameters(ctx, &ssm.GetParametersInput{Names: []string{name}})
		return err
	},
}

// One call of an operation. An answer that there is no such thing comes from a service that let the caller in.
func call(ctx context.Context, one step) seen {
	do := operations[one.Operation]
	if do == nil {
		return seen{Code: "UnknownOperation", Text: fmt.Sprintf("this probe cannot try %s", one.Operation)}
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return failed(err)
	}
	settings.Region = regionOf(one, settings.Region)
	if err := do(ctx, settings, one.Resource); err != nil {
		return failed(err)
	}
	return seen{OK: true, Text: "allowed"}
}

// The region of an ARN, of the step, or of the pod.
func regionOf(one step, own string) string {
	if parts := strings.SplitN(one.Resource, ":", 6); len(parts) == 6 && parts[3] != "" {
		return parts[3]
	}
	return cmp.Or(one.Region, own)
}

// Endpoints of buckets by path: a name with dots has no certificate, and AWS_ENDPOINT_URL may lead to one host.
func objects(settings aws.Config) *s3.Client {
	return s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true })
}

func lastPart(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	return parts[len(parts)-1]
}

// A parameter's ARN has no second slash before a name that begins with one: arn:…:parameter/db/password is /db/password.
func parameterName(arn string) string {
	if !strings.HasPrefix(arn, "arn:") {
		return arn
	}
	name := strings.TrimPrefix(lastPart(arn), "parameter/")
	if strings.Contains(name, "/") {
		return "/" + name
	}
	return name
}

// The error as the SDK words it, and its code when a service gave one.
func failed(err error) seen {
	result := seen{Text: err.Error()}
	var ofService smithy.APIError
	if errors.As(err, &ofService) {
		result.Code = ofService.ErrorCode()
	}
	return result
}
