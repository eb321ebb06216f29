// A Terraform provider that knows the schema of resources and makes none of them: `terraform validate` asks for no more.
// It serves aws.json as terraform-provider-aws and kubernetes.json as terraform-provider-kubernetes, whichever name it is started by.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

//go:embed aws.json
var awsSchema []byte

//go:embed kubernetes.json
var kubernetesSchema []byte

type attribute struct {
	Type json.RawMessage
	Use  string
}

type block struct {
	Attributes map[string]attribute
	Blocks     map[string]struct {
		Nesting    string
		IsRequired bool
		Block      block
	}
}

// typeOf reads "string", "dynamic" or ["set", "string"].
func typeOf(raw json.RawMessage) tftypes.Type {
	simple := map[string]tftypes.Type{"string": tftypes.String, "number": tftypes.Number, "bool": tftypes.Bool, "dynamic": tftypes.DynamicPseudoType}
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return simple[name]
	}
	var pair []string
	if err := json.Unmarshal(raw, &pair); err != nil {
		log.Fatal(err)
	}
	switch element := simple[pair[1]]; pair[0] {
	case "set":
		return tftypes.Set{ElementType: element}
	case "map":
		return tftypes.Map{ElementType: element}
	default:
		return tftypes.List{ElementType: element}
	}
}

func schemaBlock(from block) *tfprotov5.SchemaBlock {
	result := &tfprotov5.SchemaBlock{}
	for name, each := range from.Attributes {
		result.Attributes = append(result.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: typeOf(each.Type),
			Required: each.Use == "required", Optional: each.Use == "optional", Computed: each.Use == "computed",
		})
	}
	nesting := map[string]tfprotov5.SchemaNestedBlockNestingMode{
		"list": tfprotov5.SchemaNestedBlockNestingModeList, "set": tfprotov5.SchemaNestedBlockNestingModeSet, "single": tfprotov5.SchemaNestedBlockNestingModeSingle,
	}
	for name, each := range from.Blocks {
		nested := &tfprotov5.SchemaNestedBlock{TypeName: name, Nesting: nesting[each.Nesting], Block: schemaBlock(each.Block)}
		if each.IsRequired {
			nested.MinItems = 1
		}
		result.BlockTypes = append(result.BlockTypes, nested)
	}
	return result
}

// provider answers what `terraform validate` asks; anything else is a nil method, and a crash that names it.
type provider struct {
	tfprotov5.ProviderServer
	resources map[string]*tfprotov5.Schema
}

func (p provider) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	metadata := &tfprotov5.GetMetadataResponse{ServerCapabilities: &tfprotov5.ServerCapabilities{}}
	for name := range p.resources {
		metadata.Resources = append(metadata.Resources, tfprotov5.ResourceMetadata{TypeName: name})
	}
	return metadata, nil
}

func (p provider) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	empty := &tfprotov5.Schema{Block: &tfprotov5.SchemaBlock{}}
	return &tfprotov5.GetProviderSchemaResponse{Provider: empty, ResourceSchemas: p.resources}, nil
}

func (p provider) PrepareProviderConfig(_ context.Context, request *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (p provider) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

func (p provider) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func main() {
	name, text := "aws", awsSchema
	if strings.Contains(filepath.Base(os.Args[0]), "kubernetes") {
		name, text = "kubernetes", kubernetesSchema
	}
	var file struct{ Resources map[string]block }
	if err := json.Unmarshal(text, &file); err != nil {
		log.Fatal(err)
	}
	served := provider{resources: map[string]*tfprotov5.Schema{}}
	for each, schema := range file.Resources {
		served.resources[each] = &tfprotov5.Schema{Block: schemaBlock(schema)}
	}
	address := "registry.terraform.io/hashicorp/" + name
	if err := tf5server.Serve(address, func() tfprotov5.ProviderServer { return served }); err != nil {
		log.Fatal(err)
	}
}
