package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

const greeting = "mortise probe"

// Whether the metadata service of the instance answers. A hop limit of 1 shows as an answer that never comes.
// Only a token is asked for, and it is thrown away. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
func metadata(ctx context.Context, one step) seen {
	host := one.Address
	if host == "" {
		host = "169.254.169.254"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+host+"/latest/api/token", http.NoBody)
	if err != nil {
		return failed(err)
	}
	request.Header.Set("X-aws-ec2-metadata-token-ttl-seconds", "1")
	answer, err := (&http.Client{Transport: &http.Transport{Proxy: nil}}).Do(request)
	if err != nil {
		return seen{Code: causeOf(err), Text: "no answer: " + err.Error()}
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)); err != nil {
		return failed(err)
	}
	return seen{OK: answer.StatusCode == http.StatusOK, Code: fmt.Sprint(answer.StatusCode), Text: "the metadata service answers " + answer.Status}
}

// Asks the pod's own resolver, by UDP or by TCP alone.
func resolve(ctx context.Context, one step) seen {
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, protocol(one), address)
	}}
	addresses, err := resolver.LookupHost(ctx, one.Name)
	if err != nil {
		return seen{Code: causeOf(err), Text: err.Error()}
	}
	return seen{OK: true, Text: strings.Join(addresses, ", ")}
}

// TCP: whether a connection comes about. UDP: whether the other end, a probe that serves, greets back.
// Another's refusal means that the packet got there, which its code tells.
func connect(ctx context.Context, one step) seen {
	address := net.JoinHostPort(one.Address, fmt.Sprint(one.Port))
	connection, err := (&net.Dialer{}).DialContext(ctx, protocol(one), address)
	if err != nil {
		return seen{Code: causeOf(err), Text: err.Error()}
	}
	defer connection.Close()
	if protocol(one) == "tcp" {
		return seen{OK: true, Text: "connected to " + address}
	}
	return greeted(ctx, connection, address)
}

// A datagram may be lost, so it is sent again until there is an answer or no time.
func greeted(ctx context.Context, connection net.Conn, address string) seen {
	buffer := make([]byte, 64)
	for ctx.Err() == nil {
		if _, err := connection.Write([]byte(greeting)); err != nil {
			return seen{Code: causeOf(err), Text: err.Error()}
		}
		if err := connection.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
			return failed(err)
		}
		if _, err := connection.Read(buffer); err == nil {
			return seen{OK: true, Text: "answered by " + address}
		} else if !errors.Is(err, os.ErrDeadlineExceeded) {
			return seen{Code: causeOf(err), Text: err.Error()}
		}
	}
	return seen{Code: "timeout", Text: "no answer from " + address}
}

// Greets whoever comes by TCP and by UDP to one of the ports, until its time is over.
func serve(ctx context.Context, one step) seen {
	var listen net.ListenConfig
	for _, port := range one.Ports {
		address := fmt.Sprintf(":%d", port)
		listener, err := listen.Listen(ctx, "tcp", address)
		if err != nil {
			return failed(err)
		}
		socket, err := listen.ListenPacket(ctx, "udp", address)
		if err != nil {
			return failed(err)
		}
		go serveTCP(listener)
		go serveUDP(socket)
	}
	<-ctx.Done()
	return seen{OK: true, Text: "its time is over"}
}

// Both end with the process.
func serveTCP(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() { fmt.Fprint(connection, greeting); connection.Close() }()
	}
}

func serveUDP(socket net.PacketConn) {
	buffer := make([]byte, 64)
	for {
		_, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		_, _ = socket.WriteTo([]byte(greeting), from) // whoever gets none asks again
	}
}

func protocol(one step) string {
	if strings.EqualFold(one.Protocol, "udp") {
		return "udp"
	}
	return "tcp"
}

// Whether nothing came back, or something said no.
func causeOf(err error) string {
	var timeout interface{ Timeout() bool }
	var name *net.DNSError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "not-found"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "error"
}
