#!/bin/sh
# `gradsocket bench allreduce` on a network with a limit: every rank in a network namespace of its own, each with a full-duplex link
# of RATE to one bridge. Needs root, iproute2 and a built dist. It leaves nothing behind.
#
#   bench/netns-allreduce.sh [RATE=1gbit] [FLOATS=11173962: ResNet-18] [RUNS=10]
set -eu
cd "$(dirname "$0")/.."
RATE=${1:-1gbit}
FLOATS=${2:-11173962}
RUNS=${3:-10}
RANKS=4
PREFIX=gsbench

[ "$(id -u)" = 0 ] || { echo "Network namespaces take root." >&2; exit 77; }
for tool in ip tc node; do
  command -v "$tool" > /dev/null || { echo "There is no $tool here (Debian: iproute2)." >&2; exit 69; }
done
[ -f dist/cli/main.js ] || { echo "Build first: npm run build." >&2; exit 69; }

clean() {
  for space in $(ip netns list | cut -d' ' -f1 | grep "^$PREFIX" || true); do ip netns delete "$space"; done
}
trap clean EXIT
trap 'exit 130' INT TERM
clean

# The bridge has a namespace of its own, where the star's hub and the measuring process stay apart from it.
ip netns add "${PREFIX}bridge"
ip -n "${PREFIX}bridge" link add switch type bridge
ip -n "${PREFIX}bridge" link set switch up

# plug NAMESPACE ADDRESS: both directions of its cable carry RATE.
plug() {
  ip netns add "$1"
  ip -n "${PREFIX}bridge" link add "$1" type veth peer name cable netns "$1"
  ip -n "${PREFIX}bridge" link set "$1" master switch up
  ip -n "$1" link set lo up
  ip -n "$1" address add "$2/24" dev cable
  ip -n "$1" link set cable up
  tc -n "$1" qdisc add dev cable root tbf rate "$RATE" burst 256kb latency 50ms
  tc -n "${PREFIX}bridge" qdisc add dev "$1" root tbf rate "$RATE" burst 256kb latency 50ms
}
plug "${PREFIX}hub" 10.87.0.254
rank=0
while [ $rank -lt $RANKS ]; do
  plug "$PREFIX$rank" "10.87.0.$((rank + 1))"
  rank=$((rank + 1))
done

echo "every rank at $RATE, full duplex"
for topology in mesh star; do
  for ranks in 2 4; do
    for wire in f32 bf16; do
      ip netns exec "${PREFIX}hub" node dist/cli/main.js bench allreduce --namespaces "$PREFIX" --workers $ranks \
        --topology $topology --wire $wire --sizes "$FLOATS" --runs "$RUNS" --warmup 2
    done
  done
done
