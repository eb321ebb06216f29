#!/bin/sh
# Process 1 of a node, in namespaces of its own: makes the folders that a node has, then reaps until it is killed, and
# with it the kernel ends every process, mount and interface of the node. Arguments: the node's folder, the program that reaps.
set -eu
# Shared within this namespace, so that mounts of CSI drivers reach pods; unshare made everything private to the machine before.
mount --make-rshared /
# What the node keeps at fixed places lies over the machine's, which stays as it is.
for folder in /run /var/lib /var/log; do mount -t tmpfs tmpfs "$folder"; done
# What a DaemonSet makes below /etc is made in the node's own layer over it.
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/etc-work" /etc
mkdir -p /run/netns /var/lib/kubelet /var/lib/cni /var/log/pods /var/log/containers
mount --bind "$1/kubelet" /var/lib/kubelet
mount --make-rshared /var/lib/kubelet
mount --bind "$1/pod-logs" /var/log/pods
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
touch "$1/initialised"
exec "$2"
