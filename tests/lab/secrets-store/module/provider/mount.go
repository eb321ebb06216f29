package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"sigs.k8s.io/secrets-store-csi-driver/provider/v1alpha1"
)

// Attributes of a mount: the parameters of the SecretProviderClass, and what the kubelet adds.
const (
	podNamespace   = "csi.storage.k8s.io/pod.namespace"
	podName        = "csi.storage.k8s.io/pod.name"
	serviceAccount = "csi.storage.k8s.io/serviceAccount.name"
	podTokens      = "csi.storage.k8s.io/serviceAccount.tokens"
)

type server struct {
	v1alpha1.UnimplementedCSIDriverProviderServer
	cluster corev1.CoreV1Interface
}

func (s *server) Version(context.Context, *v1alpha1.VersionRequest) (*v1alpha1.VersionResponse, error) {
	return &v1alpha1.VersionResponse{Version: "v1alpha1", RuntimeName: "secrets-store-csi-driver-provider-aws", RuntimeVersion: "3.1.1"}, nil
}

// Mount answers with every file of the volume, or with the first thing that is wrong, in the order in which the original looks.
func (s *server) Mount(ctx context.Context, request *v1alpha1.MountRequest) (*v1alpha1.MountResponse, error) {
	response, err := s.mount(ctx, request)
	if err != nil {
		log.Printf("mount %s: %v", request.GetTargetPath(), err)
	}
	return response, err
}

func (s *server) mount(ctx context.Context, request *v1alpha1.MountRequest) (*v1alpha1.MountResponse, error) {
	if request.GetTargetPath() == "" {
		return nil, errors.New("Missing mount path")
	}
	var attributes map[string]string
	if err := json.Unmarshal([]byte(request.GetAttributes()), &attributes); err != nil {
		return nil, fmt.Errorf("failed to unmarshal attributes, error: %+v", err)
	}
	tokens, err := parseTokens(attributes[podTokens])
	if err != nil {
		return nil, fmt.Errorf("CSI token error: %w - ensure tokenRequests is configured in CSIDriver spec", err)
	}
	var mode os.FileMode
	if err := json.Unmarshal([]byte(request.GetPermission()), &mode); err != nil {
		return nil, fmt.Errorf("failed to unmarshal file permission, error: %+v", err)
	}
	regions, err := s.regions(ctx, attributes)
	if err != nil {
		return nil, err
	}
	configs, err := s.credentials(ctx, attributes, tokens, regions)
	if err != nil {
		return nil, err
	}
	objects, err := parseObjects(attributes["objects"], attributes["pathTranslation"], regions)
	if err != nil {
		return nil, err
	}
	return fetchAll(ctx, configs, objects, mode)
}

func (s *server) regions(ctx context.Context, attributes map[string]string) ([]string, error) {
	region, failover := attributes["region"], attributes["failoverRegion"]
	if region == "" {
		var err error
		if region, err = s.regionOfNode(ctx, attributes[podNamespace], attributes[podName]); err != nil {
			return nil, fmt.Errorf("failed to retrieve region from node. error %+v", err)
		}
	}
	switch failover {
	case "":
		return []string{region}, nil
	case region:
		return nil, fmt.Errorf("%v: failover region cannot be the same as the primary region", region)
	}
	return []string{region, failover}, nil
}

func (s *server) regionOfNode(ctx context.Context, namespace, name string) (string, error) {
	if region := os.Getenv("AWS_REGION"); region != "" {
		return region, nil
	}
	pod, err := s.cluster.Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	node, err := s.cluster.Nodes().Get(ctx, pod.Spec.NodeName, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	if region := node.Labels["topology.kubernetes.io/region"]; region != "" {
		return region, nil
	}
	return "", errors.New("Region not found")
}

func (s *server) credentials(ctx context.Context, attributes map[string]string, tokens map[string]podToken, regions []string) ([]aws.Config, error) {
	usePodIdentity := false
	if text := attributes["usePodIdentity"]; text != "" {
		var err error
		if usePodIdentity, err = strconv.ParseBool(text); err != nil {
			return nil, fmt.Errorf("failed to parse usePodIdentity value, error: %+v", err)
		}
	}
	if usePodIdentity {
		if _, err := tokenFor(tokens, "pods.eks.amazonaws.com"); err != nil {
			return nil, fmt.Errorf("Pod Identity token extraction failed: %w", err)
		}
		return nil, fmt.Errorf("%s: failed to get AWS config from pod identity agent: the lab has no agent", regions[0])
	}
	token, err := tokenFor(tokens, "sts.amazonaws.com")
	if err != nil {
		return nil, fmt.Errorf("IRSA token extraction failed: %w", err)
	}
	namespace, name := attributes[podNamespace], attributes[serviceAccount]
	account, err := s.cluster.ServiceAccounts(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("failed to get service account %s/%s: %w", namespace, name, err)
	}
	role := account.Annotations["eks.amazonaws.com/role-arn"]
	if role == "" {
		return nil, fmt.Errorf("An IAM role must be associated with service account %s (namespace: %s)", name, namespace)
	}
	return webIdentityConfigs(ctx, regions, role, token)
}

type podToken struct {
	Token string `json:"token"`
}

func parseTokens(text string) (map[string]podToken, error) {
	if text == "" {
		return nil, errors.New("serviceAccount.tokens not provided - ensure tokenRequests is configured in CSIDriver")
	}
	var tokens map[string]podToken
	if err := json.Unmarshal([]byte(text), &tokens); err != nil {
		return nil, fmt.Errorf("failed to parse serviceAccount.tokens: %w", err)
	}
	return tokens, nil
}

func tokenFor(tokens map[string]podToken, audience string) (string, error) {
	token, ok := tokens[audience]
	if !ok {
		return "", fmt.Errorf("token for audience %q not found - ensure tokenRequests includes this audience in CSIDriver", audience)
	}
	if token.Token == "" {
		return "", fmt.Errorf("token for audience %q is empty", audience)
	}
	return token.Token, nil
}
