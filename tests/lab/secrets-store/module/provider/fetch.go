package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/jmespath/go-jmespath"
	"sigs.k8s.io/secrets-store-csi-driver/provider/v1alpha1"
)

// How many parameters GetParameters takes at once.
const parametersAtOnce = 10

type tokenText string

func (t tokenText) GetIdentityToken() ([]byte, error) { return []byte(t), nil }

// Credentials of the role, one configuration for each region. STS is asked with the first call that needs them.
func webIdentityConfigs(ctx context.Context, regions []string, role, token string) ([]aws.Config, error) {
	var configs []aws.Config
	for _, region := range regions {
		plain, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithCredentialsProvider(aws.AnonymousCredentials{}))
		if err != nil {
			return nil, fmt.Errorf("%s: %s", region, err)
		}
		credentials := stscreds.NewWebIdentityRoleProvider(sts.NewFromConfig(plain), role, tokenText(token))
		ofRole := plain.Copy()
		ofRole.Credentials = aws.NewCredentialsCache(credentials)
		configs = append(configs, ofRole)
	}
	return configs, nil
}

// A file of the volume, and which version of its secret it holds.
type file struct {
	path     string
	mode     int32
	contents []byte
	version  string
}

func fetchAll(ctx context.Context, configs []aws.Config, objects []*object, mode os.FileMode) (*v1alpha1.MountResponse, error) {
	var files []file
	var parameters []*object
	for _, one := range objects {
		if one.service() == parameterType {
			parameters = append(parameters, one)
			continue
		}
		fetched, err := inAnyRegion(configs, func(region aws.Config, isFailover bool) ([]file, error) {
			return fetchSecret(ctx, region, isFailover, one, mode)
		})
		if err != nil {
			return nil, err
		}
		if fetched == nil {
			return nil, fmt.Errorf("Failed to fetch secret from all regions. Verify secret exists and required permissions are granted for: %s", one.ObjectName)
		}
		files = append(files, fetched...)
	}
	for batch := range slices.Chunk(parameters, parametersAtOnce) {
		fetched, err := inAnyRegion(configs, func(region aws.Config, isFailover bool) ([]file, error) {
			return fetchParameters(ctx, region, isFailover, batch, mode)
		})
		if err != nil {
			return nil, err
		}
		if fetched == nil {
			return nil, errors.New("Failed to fetch parameters from all regions.")
		}
		files = append(files, fetched...)
	}
	response := &v1alpha1.MountResponse{}
	for _, one := range files {
		response.Files = append(response.Files, &v1alpha1.File{Path: one.path, Mode: one.mode, Contents: one.contents})
		response.ObjectVersion = append(response.ObjectVersion, &v1alpha1.ObjectVersion{Id: one.path, Version: one.version})
	}
	slices.SortFunc(response.ObjectVersion, func(a, b *v1alpha1.ObjectVersion) int { return cmp.Compare(a.Id, b.Id) })
	return response, nil
}

// The files of the first region that has them. Every region is asked, and one that says the request is wrong ends the mount. Whatever
// else goes wrong is only logged, errors that the SDK has no type for among them, such as denied access: the caller then has nothing.
func inAnyRegion(configs []aws.Config, fetch func(region aws.Config, isFailover bool) ([]file, error)) ([]file, error) {
	var files []file
	for index, region := range configs {
		fetched, err := fetch(region, index > 0)
		var ofService smithy.APIError
		if errors.As(err, &ofService) && ofService.ErrorFault() == smithy.FaultClient {
			return nil, err
		}
		if err != nil {
			log.Print(err)
		}
		if files == nil {
			files = fetched
		}
	}
	return files, nil
}

func fetchSecret(ctx context.Context, region aws.Config, isFailover bool, one *object, mode os.FileMode) ([]file, error) {
	name, version, label := one.forRegion(isFailover)
	input := &secretsmanager.GetSecretValueInput{SecretId: &name}
	if version != "" {
		input.VersionId = &version
	}
	if label != "" {
		input.VersionStage = &label
	}
	secret, err := secretsmanager.NewFromConfig(region).GetSecretValue(ctx, input)
	if err != nil {
		return nil, fmt.Errorf("%s: Failed fetching secret %s: %w", region.Region, one.ObjectName, err)
	}
	contents := secret.SecretBinary
	if secret.SecretString != nil {
		contents = []byte(*secret.SecretString)
	}
	return filesOf(one, contents, aws.ToString(secret.VersionId), mode)
}

func fetchParameters(ctx context.Context, region aws.Config, isFailover bool, batch []*object, mode os.FileMode) ([]file, error) {
	var names []string
	byName := map[string]*object{}
	for _, one := range batch {
		name, version, label := one.forRegion(isFailover)
		byName[name] = one
		if selector := cmp.Or(version, label); selector != "" {
			name += ":" + selector
		}
		names = append(names, name)
	}
	answer, err := ssm.NewFromConfig(region).GetParameters(ctx, &ssm.GetParametersInput{Names: names, WithDecryption: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("%s: Failed fetching parameters: %w", region.Region, err)
	}
	if invalid := answer.InvalidParameters; len(invalid) > 0 {
		slices.Sort(invalid)
		text := fmt.Sprintf("%s: invalid parameters: %s", region.Region, strings.Join(slices.Compact(invalid), ", "))
		return nil, &types.InvalidParameters{Message: &text, ErrorCodeOverride: aws.String("400")}
	}
	var files []file
	for _, parameter := range answer.Parameters {
		one := byName[aws.ToString(parameter.Name)]
		if one == nil {
			one = byName[aws.ToString(parameter.ARN)]
		}
		if one == nil {
			return nil, fmt.Errorf("%s: a parameter that nobody asked for: %s", region.Region, aws.ToString(parameter.Name))
		}
		made, err := filesOf(one, []byte(aws.ToString(parameter.Value)), strconv.FormatInt(parameter.Version, 10), mode)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", region.Region, err)
		}
		files = append(files, made...)
	}
	return files, nil
}

// The whole secret, and one file for each of its JMESPath entries.
func filesOf(one *object, contents []byte, version string, mode os.FileMode) ([]file, error) {
	files := []file{{one.fileName(one.ObjectAlias), modeOf(one.FilePermission, mode), contents, version}}
	if len(one.JMESPath) == 0 {
		return files, nil
	}
	var data any
	if err := json.Unmarshal(contents, &data); err != nil {
		return nil, fmt.Errorf("Invalid JSON used with jmesPath in secret: %s.", one.ObjectName)
	}
	for _, entry := range one.JMESPath {
		found, err := jmespath.Search(entry.Path, data)
		if err != nil {
			return nil, fmt.Errorf("Invalid JMES Path: %s.", entry.Path)
		}
		if found == nil {
			return nil, fmt.Errorf("JMES Path - %s for object alias - %s does not point to a valid object.", entry.Path, entry.ObjectAlias)
		}
		text, isText := found.(string)
		if !isText {
			return nil, fmt.Errorf("Invalid JMES search result type for path:%s. Only string is allowed.", entry.Path)
		}
		files = append(files, file{one.fileName(entry.ObjectAlias), modeOf(entry.FilePermission, mode), []byte(text), version})
	}
	return files, nil
}
