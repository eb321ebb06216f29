// Answers what the VPC resource controller's own code says: which security groups its webhook gives a pod.
//
// Reads one case a line from standard input, {"pod": Pod, "serviceAccount": ServiceAccount or null, "policies": [SecurityGroupPolicy]},
// and writes one answer a line: {"sort": "Linux", "groups": [...]} or {"sort": "Linux", "error": "..."}. The sort of the pod decides
// whether the webhook asks for groups at all: it does so for Linux and Fargate.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	v1beta1 "github.com/aws/amazon-vpc-resource-controller-k8s/apis/vpcresources/v1beta1"
	"github.com/aws/amazon-vpc-resource-controller-k8s/pkg/utils"
	"github.com/aws/amazon-vpc-resource-controller-k8s/webhooks/core"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

type question struct {
	Pod            *corev1.Pod                   `json:"pod"`
	ServiceAccount *corev1.ServiceAccount        `json:"serviceAccount"`
	Policies       []v1beta1.SecurityGroupPolicy `json:"policies"`
}

type answer struct {
	Sort   core.PodType `json:"sort"`
	Groups []string     `json:"groups,omitempty"`
	Error  string       `json:"error,omitempty"`
}

func ask(scheme *runtime.Scheme, line []byte) answer {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		log.Fatalf("not a case: %v: %s", err, line)
	}
	objects := fake.NewClientBuilder().WithScheme(scheme)
	if q.ServiceAccount != nil {
		objects = objects.WithObjects(q.ServiceAccount)
	}
	for i := range q.Policies {
		objects = objects.WithObjects(&q.Policies[i])
	}
	groups, err := utils.NewSecurityGroupForPodsAPI(objects.Build(), logr.Discard()).GetMatchingSecurityGroupForPods(q.Pod)
	if err != nil {
		return answer{Sort: core.WhichPod(q.Pod), Error: err.Error()}
	}
	return answer{Sort: core.WhichPod(q.Pod), Groups: groups}
}

func main() {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1beta1.AddToScheme} {
		if err := add(scheme); err != nil {
			log.Fatal(err)
		}
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := answers.Encode(ask(scheme, lines.Bytes())); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
