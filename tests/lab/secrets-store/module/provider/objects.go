package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"sigs.k8s.io/yaml"
)

// One entry of `objects`, the YAML text in the parameters of a SecretProviderClass.
type object struct {
	ObjectName         string     `json:"objectName"`
	ObjectAlias        string     `json:"objectAlias"`
	ObjectVersion      string     `json:"objectVersion"`
	ObjectVersionLabel string     `json:"objectVersionLabel"`
	ObjectType         string     `json:"objectType"`
	FilePermission     string     `json:"filePermission"`
	JMESPath           []jmesPath `json:"jmesPath"`
	FailoverObject     failover   `json:"failoverObject"`

	translation string
}

type jmesPath struct {
	Path           string `json:"path"`
	ObjectAlias    string `json:"objectAlias"`
	FilePermission string `json:"filePermission"`
}

type failover struct {
	ObjectName         string `json:"objectName"`
	ObjectVersion      string `json:"objectVersion"`
	ObjectVersionLabel string `json:"objectVersionLabel"`
}

const (
	secretType    = "secretsmanager"
	parameterType = "ssmparameter"
)

// Which service an object type or an ARN's service means.
var services = map[string]string{secretType: secretType, parameterType: parameterType, "ssm": parameterType}

var upwards = regexp.MustCompile(`(/\.\./)|(^\.\./)|(/\.\.$)`)

func (o *object) service() string {
	if o.ObjectType != "" {
		return services[o.ObjectType]
	}
	return services[strings.Split(o.ObjectName, ":")[2]] // an ARN, or it would have been refused
}

// The file in the volume; a slash of the name is translated unless translation is off.
func (o *object) fileName(alias string) string {
	name := alias
	if name == "" {
		name = o.ObjectName
	}
	if o.translation == "" {
		return strings.TrimLeft(name, "/")
	}
	return strings.ReplaceAll(name, "/", o.translation)
}

func (o *object) forRegion(isFailover bool) (name, version, label string) {
	if !isFailover {
		return o.ObjectName, o.ObjectVersion, o.ObjectVersionLabel
	}
	or := func(text, otherwise string) string {
		if text != "" {
			return text
		}
		return otherwise
	}
	other := o.FailoverObject
	return or(other.ObjectName, o.ObjectName), or(other.ObjectVersion, o.ObjectVersion), or(other.ObjectVersionLabel, o.ObjectVersionLabel)
}

func parseObjects(text, translation string, regions []string) ([]*object, error) {
	switch {
	case translation == "":
		translation = "_"
	case strings.EqualFold(translation, "false"):
		translation = ""
	case len(translation) != 1:
		return nil, errors.New("pathTranslation must be either 'False' or a single character string")
	}
	objects := []*object{}
	if err := yaml.Unmarshal([]byte(text), &objects); err != nil {
		return nil, fmt.Errorf("Failed to load SecretProviderClass: %+v", err)
	}
	aliases := map[string]bool{}
	for index, one := range objects {
		if one == nil {
			return nil, errors.New("Empty descriptor entry in SecretProviderClass")
		}
		one.translation = translation
		if err := one.validate(regions); err != nil {
			return nil, err
		}
		if err := differs(one, objects[:index]); err != nil {
			return nil, err
		}
		if aliases[one.ObjectAlias] {
			return nil, fmt.Errorf("found duplicate object alias %s", one.ObjectAlias)
		}
		if one.ObjectAlias != "" {
			aliases[one.ObjectAlias] = true
		}
		for _, entry := range one.JMESPath {
			if aliases[entry.ObjectAlias] {
				return nil, fmt.Errorf("Name already in use for objectAlias: found duplicate object alias %s in JMES path entry %s", entry.ObjectAlias, entry.Path)
			}
			aliases[entry.ObjectAlias] = true
		}
	}
	return objects, nil
}

// One secret may be asked for again under another alias or version label; it is compared with the last entry of its name.
func differs(one *object, before []*object) error {
	for _, other := range slices.Backward(before) {
		if other.ObjectName != one.ObjectName {
			continue
		}
		if one.ObjectAlias != other.ObjectAlias || one.ObjectVersionLabel != other.ObjectVersionLabel {
			return nil
		}
		alias, label := "no object alias", "no version label"
		if one.ObjectAlias != "" {
			alias = "duplicate object alias " + one.ObjectAlias
		}
		if one.ObjectVersionLabel != "" {
			label = "duplicate version label " + one.ObjectVersionLabel
		}
		return fmt.Errorf("found descriptor with duplicate object name %s, %s, and %s", one.ObjectName, alias, label)
	}
	return nil
}

func (o *object) validate(regions []string) error {
	if o.ObjectName == "" {
		return errors.New("Object name must be specified")
	}
	if err := o.validateName(o.ObjectName, regions[0]); err != nil {
		return err
	}
	bothVersions := fmt.Errorf("ssm parameters can not specify both objectVersion and objectVersionLabel: %s", o.ObjectName)
	isParameter := o.service() == parameterType
	if isParameter && o.ObjectVersion != "" && o.ObjectVersionLabel != "" {
		return bothVersions
	}
	if upwards.MatchString(o.fileName(o.ObjectAlias)) {
		return fmt.Errorf("path can not contain ../: %s", o.ObjectName)
	}
	if err := validatePermission(o.FilePermission); err != nil {
		return err
	}
	for _, entry := range o.JMESPath {
		if entry.Path == "" {
			return errors.New("Path must be specified for JMES object")
		}
		if entry.ObjectAlias == "" {
			return errors.New("Object alias must be specified for JMES object")
		}
		if err := validatePermission(entry.FilePermission); err != nil {
			return err
		}
	}
	other := o.FailoverObject
	if other.ObjectName == "" {
		return nil
	}
	if o.ObjectAlias == "" {
		return fmt.Errorf("object alias must be specified for objects with failover entries: %s", o.ObjectName)
	}
	if len(regions) < 2 {
		return fmt.Errorf("failover object allowed only when failover region is defined: %s", o.ObjectName)
	}
	if err := o.validateName(other.ObjectName, regions[1]); err != nil {
		return err
	}
	if isParameter && other.ObjectVersion != "" && other.ObjectVersionLabel != "" {
		return bothVersions
	}
	if other.ObjectVersion != o.ObjectVersion {
		return fmt.Errorf("object versions must match between primary and failover regions: %s", o.ObjectName)
	}
	return nil
}

func (o *object) validateName(name, region string) error {
	var parsed arn.ARN
	isARN := strings.HasPrefix(name, "arn:")
	if isARN {
		var err error
		if parsed, err = arn.Parse(name); err != nil {
			return fmt.Errorf("Invalid ARN format in object name: %s", name)
		}
		if parsed.Region != region {
			return fmt.Errorf("ARN region must match region %s: %s", region, name)
		}
	}
	service, isKnown := services[o.ObjectType]
	switch {
	case o.ObjectType == "" && !isARN:
		return fmt.Errorf("Must use objectType when a full ARN is not specified: %s", name)
	case o.ObjectType == "" && services[parsed.Service] == "":
		return fmt.Errorf("Invalid service in ARN: %s", parsed.Service)
	case o.ObjectType != "" && (!isKnown || o.ObjectType == "ssm"):
		return fmt.Errorf("Invalid objectType: %s", o.ObjectType)
	case o.ObjectType != "" && isARN && service != services[parsed.Service]:
		return fmt.Errorf("objectType does not match ARN: %s", name)
	}
	return nil
}

var permission = regexp.MustCompile(`^[0-7]{4}$`)

func validatePermission(text string) error {
	if text != "" && !permission.MatchString(text) {
		return fmt.Errorf("Invalid File Permission: %s", text)
	}
	return nil
}

func modeOf(text string, otherwise os.FileMode) int32 {
	if mode, err := strconv.ParseInt(text, 8, 32); err == nil {
		return int32(mode)
	}
	return int32(otherwise)
}
