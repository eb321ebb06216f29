// Provider fetches secrets and parameters for pods, as secrets-store-csi-driver-provider-aws 3.1 documents it: written anew for the lab,
// with that provider's error texts, over the same SDK, whose errors it passes on. It differs in that STS too is asked at AWS_ENDPOINT_URL,
// in that the driver writes the files, and in that Pod Identity is refused: no node of the lab has its agent.
package main

import (
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"google.golang.org/grpc"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/secrets-store-csi-driver/provider/v1alpha1"
)

var folder = flag.String("provider-volume", "/var/run/secrets-store-csi-providers", "where the driver looks for providers")

func main() {
	flag.Parse()
	config, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	cluster, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	socket := filepath.Join(*folder, "aws.sock")
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		log.Fatal(err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		log.Fatal(err)
	}
	serving := grpc.NewServer()
	v1alpha1.RegisterCSIDriverProviderServer(serving, &server{cluster: cluster.CoreV1()})
	ending := make(chan os.Signal, 1)
	signal.Notify(ending, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-ending
		serving.GracefulStop() // which also removes the socket, so that the driver no longer finds a provider
	}()
	if err := serving.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
