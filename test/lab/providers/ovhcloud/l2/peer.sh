# The PoP of OVHcloud in L2 mode: one bundle of two ports that takes every frame, and a host of the vRack on it.
# Runs in the namespace of the provider. The limits of OVHcloud are not made here: the scenario counts what arrives.
set -e
ip link add bond0 type bond mode 802.3ad lacp_rate fast miimon 100
for port in mmr0 mmr1; do
  ip link set "$port" down
  ip link set "$port" master bond0
done
ip link set bond0 up
ip address add 10.9.0.1/24 dev bond0
