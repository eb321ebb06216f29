// Registrar does in a page what csi-node-driver-registrar does: it tells the kubelet's plugin watcher of a CSI driver.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

var (
	driver   = flag.String("csi-address", "/csi/csi.sock", "the driver's socket, as this container sees it")
	endpoint = flag.String("kubelet-registration-path", "", "the driver's socket, as the kubelet sees it")
	folder   = flag.String("plugin-registration-path", "/registration", "where the kubelet looks for plugins")
	_        = flag.Int("v", 0, "accepted for the original's sake")
)

type server struct {
	registration.UnimplementedRegistrationServer
	name string
}

func (s server) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{Type: registration.CSIPlugin, Name: s.name, Endpoint: *endpoint, SupportedVersions: []string{"1.0.0"}}, nil
}

// A driver that the kubelet refused is announced again after the restart that this ends in.
func (s server) NotifyRegistrationStatus(_ context.Context, status *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	log.Printf("registered: %v %s", status.PluginRegistered, status.Error)
	if !status.PluginRegistered {
		os.Exit(1)
	}
	return &registration.RegistrationStatusResponse{}, nil
}

func driversName() string {
	connection, err := grpc.NewClient("unix://"+*driver, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	patience, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	info, err := csi.NewIdentityClient(connection).GetPluginInfo(patience, &csi.GetPluginInfoRequest{}, grpc.WaitForReady(true))
	if err != nil {
		log.Fatal(err)
	}
	return info.Name
}

func main() {
	flag.Parse()
	name := driversName()
	socket := filepath.Join(*folder, name+"-reg.sock")
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		log.Fatal(err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		log.Fatal(err)
	}
	serving := grpc.NewServer()
	registration.RegisterRegistrationServer(serving, server{name: name})
	ending := make(chan os.Signal, 1)
	signal.Notify(ending, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-ending
		serving.Stop() // which also removes the socket, and with it the driver from the kubelet's list
	}()
	if err := serving.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
